// The way back of a repository without its tintype.json.
#include "engine/repository/adopt_repository.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "tests/engine/manifest/manifest_samples.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::TempDir;
using ::testing::HasSubstr;

class AdoptRepository : public testing::Test {
 protected:
  AdoptRepository() {
    const Repository repository = test::make_repository(path_);
    const std::string name = "20261122T181500Z-host-full";
    std::ofstream(must(repository.begin_set(name)) + "/D.tint") << "x";
    EXPECT_TRUE(test::ok(repository.commit_set(test::sample_manifest(name))));
  }
  auto adopt() { return adopt_repository(path_, Permissions::owner_only); }
  std::string refusal() { return Repository::open(path_).error().line(); }

  TempDir dir_;
  const std::string path_ = dir_ / "repo", head_ = dir_ / "repo/tintype.json";
};

TEST_F(AdoptRepository, ALostHeadIsWrittenAnewAndTheSetsAreThere) {
  fs::remove(head_);
  EXPECT_THAT(refusal(), HasSubstr("has lost its tintype.json, but has 1 backup set"));
  EXPECT_THAT(refusal(), HasSubstr("tintype init " + path_ + " --adopt"));
  EXPECT_THAT(Repository::create(path_).error().line(), HasSubstr("--adopt"));
  const Adoption adopted = must(adopt());
  EXPECT_EQ(adopted.sets, 1u);
  EXPECT_EQ(adopted.kept_aside, "");
  const SetEntry set = must(must(Repository::open(path_)).find("latest"));
  EXPECT_EQ(set.problem, "");
}

TEST_F(AdoptRepository, SetsOfBeforeTheChecksumStayReadable) {
  const std::string old = std::string(TINTYPE_SOURCE_DIR) + "/tests/golden/repository-v1/sets";
  fs::copy(old, path_ + "/sets", fs::copy_options::recursive | fs::copy_options::skip_existing);
  fs::remove(head_);
  EXPECT_EQ(must(adopt()).sets, 4u);
  for (const SetEntry& set : must(must(Repository::open(path_)).sets()))
    EXPECT_EQ(set.problem, "") << set.name;
}

TEST_F(AdoptRepository, ADamagedHeadIsKeptAside) {
  for (const char* damage : {"", "{", R"({"format": 1, "id": 7})"}) {
    std::ofstream(head_) << damage;
    EXPECT_THAT(refusal(), HasSubstr("--adopt")) << damage;
    const Adoption adopted = must(adopt());
    EXPECT_TRUE(fs::exists(adopted.kept_aside)) << damage;
    EXPECT_EQ(fs::file_size(adopted.kept_aside), std::string(damage).size());
    EXPECT_TRUE(Repository::open(path_));
  }
}

TEST_F(AdoptRepository, RefusesWhatItMustNotReplace) {
  EXPECT_THAT(adopt().error().line(), HasSubstr("is a repository already"));
  // Of a newer program: it is we who do not understand it.
  std::ofstream(head_) << R"({"format": 99, "id": "x"})";
  EXPECT_THAT(adopt().error().line(), HasSubstr("newer tintype"));
  EXPECT_THAT(refusal(), Not(HasSubstr("--adopt")));
  // Something else has its name.
  fs::remove(head_);
  fs::create_symlink("elsewhere", head_);
  EXPECT_FALSE(adopt());
  EXPECT_TRUE(fs::is_symlink(head_));
}

TEST_F(AdoptRepository, AFolderWithoutSetsIsNotAdopted) {
  fs::create_directories(dir_ / "empty/sets/@eaDir");
  const auto refused = adopt_repository(dir_ / "empty", Permissions::owner_only);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().line(), HasSubstr("holds no backup set to adopt"));
  EXPECT_FALSE(fs::exists(dir_ / "empty/tintype.json"));
}

}  // namespace
}  // namespace tintype
