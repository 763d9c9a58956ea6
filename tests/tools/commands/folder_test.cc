// A folder backup as its user meets it: what is said, the JSON, the exit codes.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "tests/tools/json_summary.h"
#include "tests/tools/session/fake_env.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::FakeEnv;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class FolderProgram : public ::testing::Test {
 protected:
  FolderProgram() {
    fs::create_directories(tree_ + "/sub");
    std::ofstream(tree_ + "/sub/file") << "hello";
    std::ofstream(tree_ + "/secret") << "hidden";
  }
  Json summary() const { return test::json_summary(env_.out.str()); }
  test::TempDir dir_;
  const std::string tree_ = dir_ / "home";
  const std::string repository_ = test::repository_at(dir_ / "repo");
  FakeEnv env_;
};

TEST_F(FolderProgram, WarnsAndSaysFolderEverywhere) {
  EXPECT_EQ(env_.run({"backup", tree_, "--to", repository_}), 0);
  EXPECT_THAT(env_.err.str(),
              HasSubstr(tree_ + ": folder backup: restores as files only, not as a bootable or "
                                "bit-equal volume; logs are never truncated after it"));
  EXPECT_THAT(env_.out.str(), HasSubstr("filesystem  folder"));
  EXPECT_EQ(env_.run({"show", repository_ + "::latest"}), 0);
  EXPECT_THAT(env_.out.str(), HasSubstr("a folder: restores as files only"));
  EXPECT_EQ(env_.run({"versions", repository_}), 0);
  EXPECT_THAT(env_.out.str(), HasSubstr("home (folder)"));
  EXPECT_EQ(env_.run({"versions", repository_, "--json"}), 0);
  EXPECT_EQ(summary()["sets"][0]["folders"], Json::array({"home"}));
  EXPECT_EQ(env_.run({"verify", repository_ + "::latest", "--pages"}), 0);
}

TEST_F(FolderProgram, DryRunAndJson) {
  EXPECT_EQ(env_.run({"backup", tree_, "--to", repository_, "--dry-run", "--json"}), 0);
  EXPECT_EQ(test::sets_in(repository_), 0u);
  EXPECT_EQ(summary()["volumes"][0]["dry_run"], true);
  EXPECT_EQ(env_.run({"backup", "x=" + tree_, "--to", repository_, "--json"}), 0);
  EXPECT_EQ(summary()["volumes"][0]["folder"], true);
  EXPECT_EQ(summary()["volumes"][0]["name"], "x");
  EXPECT_EQ(summary()["volumes"][0]["filesystem"], "folder");
  EXPECT_EQ(summary()["volumes"][0]["folder_problems"], Json::array());
  EXPECT_EQ(env_.run({"restore", repository_ + "::latest", "--to", dir_ / "back", "--json"}), 0);
  EXPECT_NE(summary()["read_back"], "none");
  EXPECT_GT(summary()["read_back_bytes"], 0);
  EXPECT_TRUE(fs::exists(dir_ / "back/sub/file"));
}

TEST_F(FolderProgram, RestoresOnlyWhereNothingIs) {
  ASSERT_EQ(env_.run({"backup", tree_, "--to", repository_, "-q"}), 0);
  EXPECT_EQ(env_.run({"restore", repository_ + "::latest", "--to", tree_}), 1);
  EXPECT_THAT(env_.err.str(), HasSubstr("is not empty"));
  EXPECT_EQ(env_.run({"restore", repository_ + "::latest", "--to", tree_, "--overwrite", "--yes"}),
            1);
  EXPECT_EQ(env_.run({"restore", repository_ + "::latest", "--to", dir_ / "new", "--dry-run"}), 0);
  EXPECT_FALSE(fs::exists(dir_ / "new"));
  EXPECT_EQ(env_.run({"restore", repository_ + "::latest", "--to", dir_ / "new"}), 0);
  EXPECT_THAT(env_.out.str(), HasSubstr("restored, read back equal. exit 0"));
  // A damaged image is told from a failing environment.
  for (const auto& entry : fs::recursive_directory_iterator(repository_))
    if (entry.path().extension() == ".tint") {
      std::fstream image(entry.path(), std::ios::in | std::ios::out);
      image.seekp(4096);
      image << "damage";
    }
  EXPECT_EQ(env_.run({"restore", repository_ + "::latest", "--to", dir_ / "lost"}), 4);
  EXPECT_FALSE(fs::exists(dir_ / "lost"));
  EXPECT_FALSE(fs::exists(dir_ / "lost.partial"));
}

TEST_F(FolderProgram, NeverTruncates) {
  EXPECT_EQ(env_.run({"backup", tree_, "--to", repository_, "--full", "--all-databases",
                      "--truncate", tree_}),
            1);
  EXPECT_THAT(env_.err.str(), HasSubstr("a folder backup never truncates logs"));
  EXPECT_EQ(test::sets_in(repository_), 0u);
}

TEST_F(FolderProgram, IsNoDiskOfAVirtualMachine) {
  ASSERT_EQ(env_.run({"backup", tree_, "--to", repository_, "-q"}), 0);
  EXPECT_EQ(env_.run({"export", repository_ + "::latest", "--to", dir_ / "x.img"}), 1);
  EXPECT_FALSE(fs::exists(dir_ / "x.img"));
}

// Whoever may not read a file is told so, and gets the rest.
TEST_F(FolderProgram, AFileThatMayNotBeReadIsAFinding) {
  if (::geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  fs::permissions(dir_.path(), fs::perms::all);
  fs::permissions(tree_ + "/secret", fs::perms::none);
  fs::create_directory(tree_ + "/closed");
  fs::permissions(tree_ + "/closed", fs::perms::none);
  ASSERT_EQ(test::run_command("chown -R 65534 '" + repository_ + "'").exit_code, 0);
  const auto as_nobody = test::run_command("setpriv --reuid=65534 --regid=65534 --clear-groups '" +
                                           std::string(TINTYPE_PROGRAM) + "' backup '" + tree_ +
                                           "' --to '" + repository_ + "'");
  EXPECT_EQ(as_nobody.exit_code, 3) << as_nobody.output;
  EXPECT_THAT(as_nobody.output, HasSubstr("files       2 with findings"));
  EXPECT_THAT(as_nobody.output, HasSubstr("/secret: not in the backup: Permission denied"));
  EXPECT_THAT(as_nobody.output,
              HasSubstr("/closed: what is in it is not in the backup: Permission denied"));
  EXPECT_EQ(env_.run({"show", repository_ + "::latest"}), 0);
  EXPECT_THAT(env_.out.str(), HasSubstr("/secret: not in the backup"));
  EXPECT_THAT(env_.out.str(), HasSubstr("2 FINDINGS"));
  EXPECT_EQ(env_.run({"restore", repository_ + "::latest", "--to", dir_ / "back"}), 0);
  EXPECT_THAT(env_.err.str(), HasSubstr("the backup has findings"));
  EXPECT_EQ(env_.run({"extract", repository_ + "::latest", "/sub/file", "--to", dir_ / "files"}),
            0);
  EXPECT_THAT(env_.err.str(), HasSubstr("the backup has findings"));
  EXPECT_TRUE(fs::exists(dir_ / "back/sub/file"));
  EXPECT_TRUE(fs::exists(dir_ / "back/closed"));
  EXPECT_FALSE(fs::exists(dir_ / "back/secret"));
}

}  // namespace
}  // namespace tintype
