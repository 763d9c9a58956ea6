// The texts of a repository, damaged: every flipped bit is seen, by every command, and nothing of
// the set is given; and none costs more memory than a backup does.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "engine/manifest/manifest_json.h"
#include "engine/manifest/text_checksum.h"
#include "engine/repository/repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/tools/built_program.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::run_program;
using ::testing::HasSubstr;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}
void put(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::trunc) << text;
}
std::string flipped(std::string text, std::size_t bit) {
  text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  return text;
}

class RepositoryDamage : public testing::Test {
 protected:
  void SetUp() override {
    test::write_file(dir_ / "v.img", test::random_bytes(300'000, 1));
    ASSERT_EQ(run_program({"init", repo_}).code, 0);
    const auto made = run_program({"backup", dir_ / "v.img", "--to", repo_, "--full"});
    ASSERT_EQ(made.code, 0) << made.err;
    for (const auto& entry : fs::directory_iterator(repo_ + "/sets")) set_ = entry.path();
    manifest_ = set_ + "/set.json";
    head_ = repo_ + "/tintype.json";
  }

  test::TempDir dir_;
  std::string repo_ = dir_ / "repo", set_, manifest_, head_;
};

TEST_F(RepositoryDamage, NoFlippedBitOfAManifestOrAHeadIsBelieved) {
  const std::string manifest = text_of(manifest_), head = text_of(head_);
  ASSERT_TRUE(parse_manifest(manifest, "set.json"));
  ASSERT_TRUE(parse_repository_head(head, "tintype.json"));
  for (std::size_t bit = 0; bit < manifest.size() * 8; ++bit)
    EXPECT_FALSE(parse_manifest(flipped(manifest, bit), "set.json")) << bit;
  for (std::size_t bit = 0; bit < head.size() * 8; ++bit)
    EXPECT_FALSE(parse_repository_head(flipped(head, bit), "tintype.json")) << bit;
  for (std::size_t length = 0; length < manifest.size(); ++length)
    EXPECT_FALSE(parse_manifest(manifest.substr(0, length), "set.json")) << length;
}

TEST_F(RepositoryDamage, EveryCommandSeesItAndGivesNothing) {
  const std::string out = dir_ / "out", set = repo_ + "::latest";
  fs::create_directory(dir_ / "mnt");
  fs::create_directory(dir_ / "live");
  const std::vector<std::vector<std::string>> commands{
      {"versions", repo_},
      {"show", repo_},
      {"show", set},
      {"verify", repo_},
      {"verify", set},
      {"restore", set, "--to", out},
      {"extract", set, "/", "--to", out},
      {"truncate", set, "--logs", dir_ / "live", "--yes"},
      {"export", set, "--to", out + ".qcow2"},
      {"serve", set, "--socket", dir_ / "socket"},
      {"mount", set, dir_ / "mnt"},
  };
  for (const std::string& path : {manifest_, head_}) {
    const std::string good = text_of(path);
    for (const std::size_t at : {good.find("\"format\": 2") + 10, good.find("tintype 0"),
                                 good.rfind("checksum\":"), good.size() - 1}) {
      put(path, flipped(good, at * 8));
      for (const auto& words : commands) {
        const auto outcome = run_program(words);
        EXPECT_TRUE(outcome.code == 4 || outcome.code == 1)
            << words[0] << ", byte " << at << " of " << path << "\n"
            << outcome.out << outcome.err;
      }
      EXPECT_FALSE(fs::exists(out) || fs::exists(out + ".qcow2") || fs::exists(dir_ / "socket"));
    }
    put(path, good);
  }
  EXPECT_EQ(run_program({"verify", set}).code, 0);
}

// The most that a run of the program with these words had in memory, in KiB.
long memory_of(const std::vector<std::string>& arguments, int& code) {
  std::vector<std::string> words = test::program_words(arguments);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(99);
    ::execv(argv[0], argv.data());
    ::_exit(99);
  }
  int status = 0;
  rusage used{};
  EXPECT_EQ(::wait4(child, &status, 0, &used), child);
  code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return used.ru_maxrss;
}

TEST_F(RepositoryDamage, NoManifestCostsMoreThan64MiB) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need memory of their own";
#endif
  const std::string good = text_of(manifest_);
  int code = 0;
  const long usual = memory_of({"versions", repo_}, code);
  ASSERT_EQ(code, 0);
  const std::string head = good.substr(0, good.find("\"volumes\"")) + "\"x\": ";
  const std::string volumes = good.substr(good.find("\"volumes\""));
  const auto signed_text = [&](const std::string& value) {
    std::string text = head + value + "," + volumes;
    text.replace(text.rfind(",\"checksum\":"), std::string::npos, "}");
    return with_checksum(std::move(text));
  };
  const std::size_t room = kManifestTextBytesMax - good.size() - 1000;
  const auto filled = [&](const std::string& element) {
    std::string list = "[" + element;
    while (list.size() + element.size() + 2 < room) list += "," + element;
    return list + "]";
  };
  const auto logs = [&] {
    const std::string list =
        filled(R"({"path":"/E0000000001.log","generation":1,"current":false,"sound":true})");
    std::string text = signed_text("0");
    text.replace(text.find("\"streams\": []"), 13,
                 R"("streams": [{"base":"E00","verdict":"not checked","attached_elsewhere":[],)"
                 R"("circular":false,"logs":)" +
                     list + "}]");
    text.replace(text.rfind(",\"checksum\":"), std::string::npos, "}");
    return with_checksum(std::move(text));
  };
  // Made when it is written, and gone before the program starts: what this process holds would
  // count.
  struct Hostile {
    const char* what;
    std::function<std::string()> text;
    int code;
  };
  for (const Hostile& hostile : {
           Hostile{"180 MB of logs", [&] { return logs() + std::string(180 << 20, ' '); }, 4},
           Hostile{"16 MiB of logs", logs, 4},
           Hostile{"numbers that nobody knows", [&] { return signed_text(filled("1")); }, 0},
           Hostile{"objects that nobody knows", [&] { return signed_text(filled("{\"a\":1}")); },
                   0},
           Hostile{"brackets", [&] { return signed_text(std::string(room, '[')); }, 4},
           Hostile{"a string", [&] { return signed_text("\"" + std::string(room, 'x') + "\""); },
                   4},
           Hostile{"digits", [&] { return signed_text(std::string(room, '1')); }, 4},
           Hostile{"volumes", [&] { return signed_text("0,\"volumes\":" + filled("{}")); }, 4},
       }) {
    put(manifest_, hostile.text());
    const long used = memory_of({"versions", repo_}, code);
    EXPECT_EQ(code, hostile.code) << hostile.what;
    EXPECT_LT(used - usual, 64 << 10) << hostile.what << ": KiB more than usual";
    std::fprintf(stderr, "%-28s exit %d, %ld MiB more than usual\n", hostile.what, code,
                 (used - usual) >> 10);
  }
}

// 5,000 sets of 100 databases each would be half a gigabyte, were they all kept.
TEST_F(RepositoryDamage, AListOfSetsKeepsNoDatabases) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need memory of their own";
#endif
  int code = 0;
  const long usual = memory_of({"versions", repo_}, code);
  auto manifest = parse_manifest(text_of(manifest_), "set.json").value();
  FileReport report{.path = "/Mailbox/" + std::string(100, 'x'), .pages_expected = 1};
  report.pages = {.seen = 1, .sound = 1};
  manifest.volumes[0].databases.assign(500, report);
  for (int i = 0; i < 300; ++i) {
    manifest.name = fmt::format("20200101T000000Z-h-copy-{}", i);
    fs::create_directory(repo_ + "/sets/" + manifest.name);
    put(repo_ + "/sets/" + manifest.name + "/set.json", to_json(manifest));
  }
  const long used = memory_of({"versions", repo_}, code);
  EXPECT_EQ(code, 4) << "they have no images";
  EXPECT_LT(used - usual, 16 << 10) << "KiB more than usual";
}

}  // namespace
}  // namespace tintype
