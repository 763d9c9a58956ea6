// Deleting a set: which may go, what a kill leaves, that nothing else is touched.
#include "engine/proof/remove_set.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "engine/proof/verdict_store.h"
#include "engine/repository/left_overs.h"
#include "engine/store/image_stamp.h"
#include "engine/store/set_folder.h"
#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "tests/engine/manifest/manifest_samples.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::TempDir;
using ::testing::HasSubstr;

constexpr std::uint64_t kImageBytes = 1 << 20;

class RemoveSet : public testing::Test {
 protected:
  // A committed set of one volume.
  SetEntry add(const std::string& name, const std::string& source, bool sound = true) {
    const std::string partial = must(repository_.begin_set(name));
    std::ofstream(partial + "/D.tint") << std::string(kImageBytes, 'x');
    SetManifest manifest = test::sample_manifest(name);
    VolumeManifest& volume = manifest.volumes[0];
    volume.source = source;
    volume.image_bytes = kImageBytes;
    if (sound) {
      volume.unreadable.clear();
      volume.unreadable_total = 0;
      volume.databases.clear();
    }
    manifest.sound = sound;
    EXPECT_TRUE(test::ok(repository_.commit_set(manifest)));
    return must(repository_.find(name));
  }
  std::string last_of(const SetEntry& set) { return must(last_backup_of(repository_, set)); }

  TempDir dir_;
  Repository repository_ = test::make_repository(dir_ / "repo");
};

TEST_F(RemoveSet, TakesItAwayAndTellsWhatIsFree) {
  const SetEntry one = add("one", "/dev/a"), other = add("other", "/dev/a");
  const std::uint64_t freed = must(remove_set(repository_, one, IfLast::keep)).freed_bytes;
  EXPECT_GE(freed, kImageBytes);
  EXPECT_LT(freed, kImageBytes + (64 << 10));
  EXPECT_FALSE(fs::exists(one.path));
  EXPECT_FALSE(fs::exists(one.path + ".partial"));
  EXPECT_TRUE(fs::exists(other.path + "/D.tint"));
  EXPECT_EQ(must(repository_.sets()).size(), 1u);
}

TEST_F(RemoveSet, TheLastSoundOneOfItsSourceIsKnown) {
  const SetEntry old = add("20261101T000000Z-host-full", "/dev/a"),
                 bad = add("20261102T000000Z-host-full", "/dev/a", false),
                 other = add("20261103T000000Z-host-full", "/dev/b");
  EXPECT_EQ(last_of(old), "/dev/a") << "the newer one has findings";
  EXPECT_EQ(last_of(bad), "");
  EXPECT_EQ(last_of(other), "/dev/b");
  const SetEntry newer = add("20261104T000000Z-host-full", "/dev/a");
  EXPECT_EQ(last_of(old), "");
  // What has lost its image is no sound backup, whatever its manifest says.
  fs::resize_file(newer.path + "/D.tint", 17);
  EXPECT_EQ(last_of(old), "/dev/a");
  fs::remove(newer.path + "/D.tint");
  EXPECT_EQ(last_of(old), "/dev/a");
}

TEST_F(RemoveSet, WhatWasFoundOutOfItGoesWithItAndCountsForTheLast) {
  const SetEntry old = add("20261101T000000Z-host-full", "/dev/a"),
                 newer = add("20261102T000000Z-host-full", "/dev/a");
  for (const SetEntry& set : {old, newer}) {
    const VerdictStore store(repository_);
    Verdict verdict = store.about(set, set.manifest.volumes[0]);
    verdict.kind = kVerdictVerified;
    verdict.image = must(image_stamp(set.path + "/D.tint"));
    verdict.level = "stored bytes";
    verdict.sound = set.name == old.name;
    EXPECT_TRUE(test::ok(store.keep(verdict)));
  }
  EXPECT_EQ(last_of(old), "/dev/a") << "the newer one was found damaged";
  EXPECT_TRUE(test::ok(remove_set(repository_, newer, IfLast::keep)));
  std::size_t left = 0;
  for (const auto& entry : fs::directory_iterator(dir_ / "repo/verdicts"))
    left += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(left, 1u);
  EXPECT_EQ(VerdictStore(repository_).of(old, old.manifest.volumes[0]).size(), 1u);
}

TEST_F(RemoveSet, TheOnlyOneOfItsSourceIsTheLastEvenWithFindings) {
  const SetEntry only = add("only", "/dev/a", false);
  EXPECT_EQ(last_of(only), "/dev/a");
  add("better", "/dev/a");
  EXPECT_EQ(last_of(only), "");
}

TEST_F(RemoveSet, OfTwoThatCountOnEachOtherOneStays) {
  for (int i = 0; i < 20; ++i) {
    const SetEntry sets[] = {add(fmt::format("20261101T0000{:02}Z-host-full", i), "/dev/a"),
                             add(fmt::format("20261102T0000{:02}Z-host-full", i), "/dev/a")};
    for (const SetEntry& set : sets) ASSERT_EQ(last_of(set), "") << "both were asked about before";
    std::vector<Result<Removal>> removals(2, plain_error("not yet"));
    {
      std::vector<std::jthread> both;
      for (std::size_t k = 0; k < 2; ++k)
        both.emplace_back([&, k] { removals[k] = remove_set(repository_, sets[k], IfLast::keep); });
    }
    std::size_t stayed = 0;
    for (std::size_t k = 0; k < 2; ++k) {
      ASSERT_TRUE(test::ok(removals[k]));
      const bool stays = !removals[k]->last_of.empty();
      EXPECT_EQ(fs::exists(sets[k].path + "/D.tint"), stays);
      if (!stays) continue;
      ++stayed;
      EXPECT_EQ(removals[k]->last_of, "/dev/a");
      EXPECT_TRUE(test::ok(remove_set(repository_, sets[k], IfLast::remove)));
    }
    EXPECT_EQ(stayed, 1u);
  }
  EXPECT_TRUE(must(repository_.sets()).empty());
}

TEST_F(RemoveSet, OfAnUnfinishedOneOnlyADeadOne) {
  {
    const std::string partial = must(repository_.begin_set("20261122T181500Z-host-full"));
    std::ofstream(partial + "/D.tint.partial") << "half";
    const SetEntry running = must(repository_.find("20261122T181500Z-host-full"));
    EXPECT_TRUE(running.running);
    const auto refused = remove_set(repository_, running, IfLast::keep);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().line(), HasSubstr("living process"));
    EXPECT_TRUE(fs::exists(partial + "/D.tint.partial"));
  }
  repository_ = test::make_repository(dir_ / "repo");  // the lock is gone
  const SetEntry dead = must(repository_.find("20261122T181500Z-host-full"));
  EXPECT_EQ(last_of(dead), "");
  EXPECT_TRUE(test::ok(remove_set(repository_, dead, IfLast::keep)));
  EXPECT_TRUE(must(repository_.sets()).empty());
}

TEST_F(RemoveSet, ADamagedOneCanGo) {
  const SetEntry set = add("20261122T181500Z-host-full", "/dev/a");
  fs::remove(set.path + "/set.json");
  const SetEntry damaged = must(repository_.find("20261122T181500Z-host-full"));
  EXPECT_NE(damaged.problem, "");
  EXPECT_TRUE(test::ok(remove_set(repository_, damaged, IfLast::keep)));
  EXPECT_FALSE(fs::exists(set.path));
}

TEST_F(RemoveSet, ALinkInItIsRemovedAndNotWhatItLeadsTo) {
  const SetEntry set = add("one", "/dev/a");
  fs::create_directory(dir_ / "elsewhere");
  std::ofstream(dir_ / "elsewhere/precious");
  fs::create_directory_symlink(dir_ / "elsewhere", set.path + "/folder");
  fs::create_symlink(dir_ / "elsewhere/precious", set.path + "/file");
  EXPECT_TRUE(test::ok(remove_set(repository_, set, IfLast::remove)));
  EXPECT_FALSE(fs::exists(set.path));
  EXPECT_TRUE(fs::exists(dir_ / "elsewhere/precious"));
}

TEST_F(RemoveSet, SpaceThatAnotherNameHoldsIsNotCountedAsFree) {
  const SetEntry set = add("one", "/dev/a");
  fs::create_hard_link(set.path + "/D.tint", dir_ / "kept");
  EXPECT_LT(sizes_in(set.path).occupied_bytes, kImageBytes);
}

}  // namespace
}  // namespace tintype
