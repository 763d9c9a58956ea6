// Files that were cut, emptied or made to lie, given to `check` and `inspect`: a finding or one
// line of error, never a crash, and never "good" for what is not.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "support/ese_generator.h"
#include "support/ese_log_generator.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/tools/session/fake_env.h"
#include "verify/ese/log/ese_checkpoint.h"
#include "verify/ese/log/ese_flush_map.h"
#include "verify/ese/log/ese_log_v7.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using Bytes = std::vector<std::byte>;

struct Kind {
  const char* name;
  Bytes file;
  std::size_t header_bytes;
  // Of what is cut from it the kind's checks can know nothing: a map may be as long as it likes.
  bool knows_its_length;
};

std::vector<Kind> kinds() {
  LgPos position{};
  position.generation = 7;
  return {
      {"DB1.edb", test::EseDatabaseGenerator({.file_bytes = 64 * 1024, .page_bytes = 4096}).whole(),
       4096, false},
      {"E0000000007.log", test::make_ese_log({.slots = 8, .segments = 5}).file, 4096, true},
      {"E0100000007.log", test::make_ese_log_v7(7, 3, 1), 4096, true},
      {"E00.chk", test::make_ese_checkpoint(position), 4096, true},
      {"DB1.jfm", test::make_ese_flush_map(2, 1), 8192, false},
  };
}

class HostileFiles : public testing::Test {
 protected:
  // Runs both commands. Whatever they find, they end in a code of the table, valid JSON, and one
  // line of error if and only if the code is 1.
  struct Codes {
    int check, inspect;
  };
  Codes run_both(const std::string& path) { return {run({"check", path}), run({"inspect", path})}; }
  int run(std::vector<std::string> words) {
    const int code = fake_.run(words);
    EXPECT_TRUE(code == 0 || code == 1 || code == 3) << code;
    const std::string error = fake_.err.str();
    EXPECT_EQ(std::ranges::count(error, '\n'), code == 1 ? 1 : 0) << error;
    if (code == 3) {
      EXPECT_THAT(fake_.out.str(), testing::AnyOf(HasSubstr("ERROR"), HasSubstr("WARNING"),
                                                  HasSubstr("Problem: "), HasSubstr("(-1206)")));
    }
    words.push_back("--json");
    EXPECT_EQ(fake_.run(words), code);
    const std::string out = fake_.out.str();
    const auto end = out.find_last_not_of('\n');
    const Json summary = Json::parse(out.substr(out.rfind('\n', end) + 1), nullptr, false);
    EXPECT_EQ(summary.value("exit_code", -1), code);
    return code;
  }
  std::string put(const std::string& name, const Bytes& content) {
    test::write_file(dir_ / name, content);
    return dir_ / name;
  }

  test::TempDir dir_;
  test::FakeEnv fake_;
};

TEST_F(HostileFiles, CutAnywhere) {
  for (const Kind& kind : kinds())
    for (const std::size_t bytes : {1u, 7u, 100u, 511u, 670u, 671u, 672u, 2047u, 2048u, 4095u,
                                    4096u, 4097u, 8191u, 8192u, 8193u, 12288u, 20000u}) {
      if (bytes >= kind.file.size()) continue;
      SCOPED_TRACE(std::string(kind.name) + " cut to " + std::to_string(bytes));
      const Codes codes =
          run_both(put(kind.name, Bytes(kind.file.begin(),
                                        kind.file.begin() + static_cast<std::ptrdiff_t>(bytes))));
      if (kind.knows_its_length || bytes < kind.header_bytes) {
        EXPECT_NE(codes.check, 0);
      }
      if (bytes < kind.header_bytes) {
        EXPECT_NE(codes.inspect, 0);
      }
    }
}

TEST_F(HostileFiles, EmptyOnesAreErrorsByThemselvesAndFindingsInAFolder) {
  for (const Kind& kind : kinds()) {
    fs::create_directories(dir_ / "set");
    const Codes codes = run_both(put("set/" + std::string(kind.name), {}));
    EXPECT_EQ(codes.check, 1);
    EXPECT_EQ(codes.inspect, 1);
    EXPECT_EQ(run({"check", dir_ / "set"}), 3) << kind.name;
    fs::remove_all(dir_ / "set");
  }
}

TEST_F(HostileFiles, ZerosAndNoiseUnderEveryName) {
  for (const Kind& kind : kinds())
    for (const std::size_t bytes : {4096u, 8192u, 65536u, 1000000u})
      for (const Bytes& content : {Bytes(bytes), test::random_bytes(bytes, bytes)}) {
        const Codes codes = run_both(put(kind.name, content));
        EXPECT_NE(codes.check, 0) << kind.name;
        EXPECT_NE(codes.inspect, 0) << kind.name;
      }
}

// Fields anywhere in the header hold anything, and its checksum holds all the same.
TEST_F(HostileFiles, HeadersThatLieUnderAGoodChecksum) {
  std::mt19937_64 random(20261124);
  for (const Kind& kind : kinds())
    for (int i = 0; i < 60; ++i) {
      Bytes file = kind.file;
      for (auto lies = 1 + random() % 6; lies != 0; --lies) {
        const std::size_t at = 4 + random() % 740;
        const std::uint64_t values[] = {0, 1, 0x7F, 0xFF, random()};
        for (std::size_t k = 0; k < 1u << random() % 4; ++k)
          file[at + k] = static_cast<std::byte>(values[random() % 5]);
      }
      test::seal_ese_header(std::span(file).first(kind.header_bytes));
      if (kind.file.size() == 8192)  // a checkpoint: both copies tell the same lie
        std::copy(file.begin(), file.begin() + 4096, file.begin() + 4096);
      SCOPED_TRACE(std::string(kind.name) + " lie " + std::to_string(i));
      run_both(put(kind.name, file));
      if (HasFailure()) return;
    }
}

template <class Header>
Bytes with(Bytes file, std::size_t header_bytes, void (*change)(Header&)) {
  Header header{};
  std::memcpy(&header, file.data(), sizeof header);
  change(header);
  std::memcpy(file.data(), &header, sizeof header);
  test::seal_ese_header(std::span(file).first(header_bytes));
  return file;
}

TEST_F(HostileFiles, LiesThatMatterAreTold) {
  const Bytes log = test::make_ese_log({.slots = 8, .segments = 5}).file;
  using Change = void (*)(LogHeader&);
  const std::pair<const char*, Change> lies[] = {
      {"-541", [](LogHeader& h) { h.file_sectors = 9; }},
      {"-541", [](LogHeader& h) { h.file_sectors = 0xFFFF; }},
      {"-501", [](LogHeader& h) { h.sector_bytes = 0; }},
      {"-501", [](LogHeader& h) { h.sector_bytes = 512; }},
      {"-501", [](LogHeader& h) { h.header_sectors = 0xFFFF; }},
      {"-513", [](LogHeader& h) { h.generation = 0; }},
      {"-513", [](LogHeader& h) { h.generation = -1; }},
      {"-514", [](LogHeader& h) { h.version_major = 9; }},
      {"-514", [](LogHeader& h) { h.version_major = 0xFFFFFFFF; }},
      {"-1812", [](LogHeader& h) { h.file_type = 4; }},
  };
  for (const auto& [error, change] : lies) {
    const std::string path = put("E0000000007.log", with<LogHeader>(log, 4096, change));
    EXPECT_EQ(run({"check", path}), 3) << error;
    EXPECT_EQ(fake_.run({"check", path}), 3);
    EXPECT_THAT(fake_.out.str(), HasSubstr(error));
  }
  // Its segments are another log's: by itself it is a log without records; among its like it is
  // told.
  put("E0000000007.log",
      with<LogHeader>(log, 4096, [](LogHeader& h) { h.generation = 0x7FFFF800; }));
  EXPECT_EQ(run({"check", dir_ / "E00"}), 3);
  EXPECT_EQ(fake_.run({"check", dir_ / "E00"}), 3);
  EXPECT_THAT(fake_.out.str(), HasSubstr("JET_errLogGenerationMismatch -513"));
  // An older log whose header says it is a newer one, and the other way round.
  const Bytes old_log = test::make_ese_log_v7(7, 3, 1);
  EXPECT_EQ(run({"check", put("E0000000007.log", with<LogHeader>(old_log, 4096,
                                                                 [](LogHeader& h) {
                                                                   h.version_major = 8;
                                                                   h.sector_bytes = 4096;
                                                                   h.header_sectors = 1;
                                                                 }))}),
            3);
  EXPECT_EQ(
      run({"check", put("E0000000007.log",
                        with<LogHeader>(log, 4096, [](LogHeader& h) { h.version_major = 7; }))}),
      3);
  const Bytes map = test::make_ese_flush_map(1, 1);
  const std::string path =
      put("DB1.jfm", with<FlushMapHeader>(map, 8192, [](FlushMapHeader& h) { h.file_type = 3; }));
  EXPECT_EQ(run({"check", path}), 3);
}

TEST_F(HostileFiles, ChecksumRecordsOfOldLogsThatPointAnywhere) {
  const Bytes log = test::make_ese_log_v7(7, 3, 1);
  std::mt19937_64 random(1);
  for (const std::size_t field : {1u, 5u, 9u})  // backward, forward, next
    for (const std::uint32_t value :
         {1u, 22u, 490u, 511u, 512u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu, 0xFFFFFFEAu,
          static_cast<std::uint32_t>(random())}) {
      Bytes file = log;
      store_le<std::uint32_t>(file, 4096 + field, value);
      EXPECT_EQ(run({"check", put("E0000000007.log", file)}), 3) << field << " " << value;
    }
}

TEST_F(HostileFiles, ThousandsOfMegabytesOfNothing) {
  for (const Kind& kind : kinds()) {
    const std::string path = put(kind.name, kind.file);
    fs::resize_file(path, std::uint64_t{20} << 30);  // a hole
    const Codes codes = run_both(path);
    // Unused pages are a database's own affair; nothing else can be so long.
    EXPECT_EQ(codes.check, std::string_view(kind.name) == "DB1.edb" ? 0 : 3) << kind.name;
    fs::remove(path);
  }
}

TEST_F(HostileFiles, FoldersWithLinksPipesAndFoldersOfFilesNames) {
  fs::create_directories(dir_ / "set/E00.log");
  fs::create_directories(dir_ / "set/DB2.edb");
  fs::create_directory_symlink(dir_ / "set", dir_ / "set/loop");
  fs::create_symlink(dir_ / "nowhere", dir_ / "set/nowhere");
  ASSERT_EQ(::mkfifo((dir_ / "set/E0000000008.log").c_str(), 0666), 0);
  EXPECT_EQ(fake_.run({"check", dir_ / "set"}), 1) << "there is no file in it";
  EXPECT_THAT(fake_.err.str(), HasSubstr("warning: passed by: "));
  fs::remove(dir_ / "set/nowhere");
  put("set/E0000000007.log", test::make_ese_log({}).file);
  EXPECT_EQ(run({"check", dir_ / "set"}), 0);
  EXPECT_EQ(run({"check", dir_ / "set/E00.log"}), 1) << "a folder without a file";
  EXPECT_EQ(run({"inspect", dir_ / "set/E00.log"}), 1);
  EXPECT_EQ(run({"inspect", dir_ / "set/E0000000008.log"}), 1);
  EXPECT_EQ(run({"check", dir_ / "set/E0000000008.log"}), 1);
}

}  // namespace
}  // namespace tintype
