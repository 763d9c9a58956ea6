// tintype extract, in-process: what it says, and the exit code it ends with.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/image/read/image_reader.h"
#include "engine/repository/repository.h"
#include "support/ese_sets.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/tools/json_summary.h"
#include "tests/tools/session/fake_env.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class ExtractCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::make_ese_sets(dir_ / "content", 1 << 20);
    test::write_file(dir_ / "content/esc\x1b[31m", std::vector<std::byte>(5));
    test::make_ext(dir_ / "D", 48 << 20, "-t ext4 -b 4096 -d " + (dir_ / "content"));
    ASSERT_EQ(fake_.run({"backup", dir_ / "D", "--to", repo_, "-q", "--compress", "none",
                         "--chunk-size", "64KiB"}),
              0)
        << fake_.err.str();
  }
  std::string image() const {
    const SetEntry entry = must(must(Repository::open(repo_)).find("latest"));
    return entry.path + "/" + entry.manifest.volumes.at(0).image;
  }
  Json summary() const { return test::json_summary(fake_.out.str()); }
  test::TempDir dir_;
  std::string repo_ = test::repository_at(dir_ / "repo"), out_ = dir_ / "out";
  test::FakeEnv fake_;
};

TEST_F(ExtractCommandTest, WhatIsNoFileIsCountedAndSaid) {
  const std::string content = dir_ / "more";
  std::filesystem::create_directories(content + "/sub/empty");
  test::write_file(content + "/zero", std::vector<std::byte>(5));
  std::filesystem::create_hard_link(content + "/zero", content + "/hard");
  std::filesystem::create_symlink("zero", content + "/soft");
  ASSERT_EQ(::mkfifo((content + "/pipe").c_str(), 0600), 0);
  ASSERT_EQ(fake_.run({"backup", content, "--to", repo_, "-q"}), 0) << fake_.err.str();
  EXPECT_EQ(fake_.run({"extract", repo_ + "::latest", "/", "--to", out_}), 0) << fake_.err.str();
  EXPECT_THAT(fake_.out.str(), HasSubstr("  files       1, 5 B; 1 further name of them\n"
                                         "  besides     2 folders, 1 symbolic link\n"
                                         "  not made    more:/pipe, a pipe\n"));
  EXPECT_EQ(fake_.run({"extract", repo_ + "::latest", "/", "--to", dir_ / "json", "--json"}), 0);
  const Json result = summary();
  EXPECT_EQ(result["folders"], 2);
  ASSERT_EQ(result["besides"].size(), 2u);
  EXPECT_EQ(result["besides"][0]["state"], "not made");
  EXPECT_EQ(result["besides"][1]["leads_to"], "zero");
  EXPECT_EQ(result["files"][1]["link_to"], "hard") << "the first name is the one that is met first";
}

TEST_F(ExtractCommandTest, FilesComeOutAndTheReportCountsThem) {
  EXPECT_EQ(fake_.run({"extract", repo_ + "::latest", "/Mailbox", "--to", out_}), 0)
      << fake_.err.str();
  EXPECT_THAT(fake_.out.str(), HasSubstr("  files       2, 2 MiB\n"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("extracted. exit 0\n"));
  EXPECT_TRUE(test::read_file(out_ + "/Mailbox/DB2.edb") ==
              test::read_file(dir_ / "content/Mailbox/DB2.edb"));
  EXPECT_EQ(fake_.run({"extract", repo_ + "::latest", "/Mailbox", "--to", out_}), 1);
  EXPECT_THAT(fake_.err.str(), HasSubstr("DB1.edb exists (extract to another folder, or add "
                                         "--overwrite)"));
  EXPECT_EQ(fake_.run({"extract", image(), "/Mailbox", "--to", out_, "--overwrite"}), 2);
  EXPECT_THAT(fake_.err.str(), HasSubstr("not confirmed"));
  EXPECT_EQ(fake_.run({"extract", image(), "/Mailbox", "--to", out_, "--overwrite", "-y"}), 0);
}

TEST_F(ExtractCommandTest, ADryRunListsAndWritesNothing) {
  EXPECT_EQ(fake_.run({"extract", repo_ + "::latest/D", "/", "--to", out_, "-n"}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("1 MiB  D:/Mailbox/DB1.edb -> Mailbox/DB1.edb\n"));
  EXPECT_THAT(fake_.out.str(), Not(HasSubstr("\x1b"))) << "names are hostile to terminals, too";
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(ExtractCommandTest, AComponentSaysWhatComesNextAndWhereToRunIt) {
  EXPECT_EQ(fake_.run({"extract", repo_ + "::latest", "--component", "DB4.edb", "--to", out_}), 0)
      << fake_.out.str() << fake_.err.str();
  EXPECT_THAT(fake_.out.str(), HasSubstr("E01 in Logs: recoverable"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("next: eseutil /r E01 /l Logs /d .\n"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("run it in"));
  EXPECT_EQ(fake_.run({"check", out_}), 0) << fake_.out.str();

  EXPECT_EQ(fake_.run({"extract", image(), "--component", "DB3.edb", "--to", out_, "--json"}), 0);
  const Json clean = summary();
  EXPECT_EQ(clean["exit_code"], 0);
  EXPECT_EQ(clean["stream"]["verdict"], "sound");
  ASSERT_EQ(clean["files"].size(), 1u);
  EXPECT_EQ(clean["files"][0]["state"], "whole");
  EXPECT_EQ(clean["files"][0]["target"], "DB3.edb");
}

TEST_F(ExtractCommandTest, ADamagedImageIsExitCodeFour) {
  const std::string path = image();
  auto bytes = test::read_file(path);
  const auto database = test::read_file(dir_ / "content/Mailbox/DB1.edb");
  // A page from the middle of the database, wherever it lies in the image.
  const auto needle = std::span(database).subspan(512 << 10, 4096);
  const auto at = std::ranges::search(bytes, needle);
  ASSERT_FALSE(at.empty());
  at.front() ^= std::byte{1};
  test::write_file(path, bytes);
  EXPECT_EQ(fake_.run({"extract", path, "DB1.edb", "--to", out_}), 4) << fake_.out.str();
  EXPECT_THAT(fake_.out.str(), HasSubstr("Mailbox/DB1.edb.damaged: bytes "));
  EXPECT_FALSE(fs::exists(out_ + "/Mailbox/DB1.edb"));
  EXPECT_TRUE(fs::exists(out_ + "/Mailbox/DB1.edb.damaged"));
  fs::resize_file(path, 4096);
  EXPECT_EQ(fake_.run({"extract", path, "DB1.edb", "--to", out_}), 4);
}

TEST_F(ExtractCommandTest, WrongUseAndWhatIsNotThereAreTold) {
  const std::string set = repo_ + "::latest";
  EXPECT_EQ(fake_.run({"extract", set, "--to", out_}), 2);
  EXPECT_THAT(fake_.err.str(), HasSubstr("PATH is missing"));
  EXPECT_EQ(fake_.run({"extract", set, "/x"}), 2);
  EXPECT_EQ(fake_.run({"extract", set, "/x", "--component", "y", "--to", out_}), 2);
  EXPECT_EQ(fake_.run({"extract", set, "/x", "--to", out_}), 1);
  EXPECT_THAT(fake_.err.str(), HasSubstr("no file fits /x"));
  EXPECT_EQ(fake_.run({"extract", repo_, "/", "--to", out_}), 2);
  EXPECT_THAT(fake_.err.str(), HasSubstr("name one of its sets"));
  EXPECT_EQ(fake_.run({"extract", set + "/nowhere", "/", "--to", out_}), 1);
  EXPECT_EQ(fake_.run({"extract", set, "/", "--to", dir_ / "no/such/folder"}), 1);
  EXPECT_FALSE(fs::exists(out_));
}

}  // namespace
}  // namespace tintype
