#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "engine/repository/repository.h"
#include "support/temp_dir.h"
#include "tests/engine/manifest/manifest_samples.h"

namespace tintype {
namespace {

using test::sample_manifest;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SelectImages : public testing::Test {
 protected:
  void SetUp() override {
    const auto repository = Repository::create(repo_);
    ASSERT_TRUE(repository);
    for (const char* name : {"1-old", "2-new"}) {
      ASSERT_TRUE(repository->begin_set(name));
      SetManifest manifest = sample_manifest(name);
      manifest.volumes.push_back(manifest.volumes[0]);
      manifest.volumes[1].name = "E";
      manifest.volumes[1].image = "E.tint";
      ASSERT_TRUE(repository->commit_set(manifest));
    }
    ASSERT_TRUE(repository->begin_set("3-unfinished"));
  }
  static std::vector<std::string> paths_of(const std::string& argument) {
    std::vector<std::string> paths;
    const auto selection = select_images(argument);
    for (const ImageSource& image : selection->images) paths.push_back(image.path);
    return paths;
  }
  std::string error_of(const std::string& argument) {
    const auto selection = select_images(argument);
    return selection ? "no error" : selection.error().line();
  }
  TempDir dir_;
  std::string repo_ = dir_ / "repo";
};

TEST_F(SelectImages, TakesSetsVolumesAndImages) {
  EXPECT_THAT(paths_of(repo_),
              ElementsAre(repo_ + "/sets/2-new/D.tint", repo_ + "/sets/2-new/E.tint"));
  EXPECT_THAT(paths_of(repo_ + "::1"),
              ElementsAre(repo_ + "/sets/1-old/D.tint", repo_ + "/sets/1-old/E.tint"));
  const auto volume = select_images(repo_ + "/::latest/E");
  EXPECT_THAT(paths_of(repo_ + "/::latest/E"), ElementsAre(repo_ + "/sets/2-new/E.tint"));
  ASSERT_TRUE(volume->images[0].identity);
  EXPECT_EQ(volume->images[0].identity->volume_name, "E");
  EXPECT_EQ(volume->images[0].identity->content_digest, volume->manifest.volumes[1].content_digest);
  EXPECT_EQ(volume->set_path, repo_ + "/sets/2-new");
  EXPECT_EQ(volume->manifest.name, "2-new");

  const std::string odd = dir_ / "odd::name.tint";
  std::ofstream(odd) << "x";
  EXPECT_THAT(paths_of(odd), ElementsAre(odd));
  EXPECT_FALSE(select_images(odd)->images.at(0).identity);
  EXPECT_EQ(select_images(odd)->set_path, "");
}

TEST_F(SelectImages, SaysWhatIsWrong) {
  EXPECT_THAT(error_of(dir_ / "no.tint"), HasSubstr("No such file"));
  EXPECT_THAT(error_of(repo_ + "::9"), HasSubstr("has no backup set \"9\""));
  EXPECT_THAT(error_of(repo_ + "::1/F"), HasSubstr("it has D, E"));
  EXPECT_THAT(error_of(repo_ + "::1/"), HasSubstr("names no volume"));
  EXPECT_THAT(error_of(repo_ + "::"), HasSubstr("is not REPO::SET"));
  EXPECT_THAT(error_of("::x"), HasSubstr("is not REPO::SET"));
  EXPECT_THAT(error_of(repo_ + "::3-unf"), HasSubstr("is unfinished"));
  EXPECT_THAT(error_of(repo_ + "::../sets/1-old"), HasSubstr("has no backup set"));
  EXPECT_THAT(error_of(dir_ / "nowhere::1"), HasSubstr("there is no repository"));
  EXPECT_THAT(error_of(dir_.path()), HasSubstr("is not a repository"));
  std::ofstream(repo_ + "/sets/2-new/set.json") << "{}";
  EXPECT_THAT(error_of(repo_), HasSubstr("one by one"));
  EXPECT_EQ(select_images(repo_).error().code, std::errc::bad_message);
}

TEST_F(SelectImages, AManifestUnderAnotherFoldersNameIsRefused) {
  std::filesystem::copy_file(repo_ + "/sets/1-old/set.json", repo_ + "/sets/2-new/set.json",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(error_of(repo_), HasSubstr("is the manifest of the set \"1-old\""));
  EXPECT_EQ(select_images(repo_).error().code, std::errc::bad_message);
  EXPECT_EQ(paths_of(repo_ + "::1").size(), 2u);
}

}  // namespace
}  // namespace tintype
