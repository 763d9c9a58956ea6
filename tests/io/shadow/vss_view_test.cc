// The joined view of a chain of stores against its slow twin, and by hand.
#include "io/shadow/vss_view.h"

#include <gtest/gtest.h>

#include "io/shadow/shadow_volume.h"
#include "support/expect_ok.h"
#include "support/random_rounds.h"
#include "support/random_shadows.h"
#include "tests/io/shadow/vss_probe.h"

namespace tintype {
namespace {

using test::MemoryVolume;
using test::must;
using test::vss_forwarder;
using test::vss_kept;
using test::vss_overlay;

constexpr std::uint64_t kBlock = kVssBlockBytes;
constexpr std::uint64_t kBlocks = 64;
constexpr std::uint64_t kArea = 40 * kBlock;

std::vector<VssRun> view_of(const std::vector<test::VssStoreSpec>& stores, std::size_t index) {
  MemoryVolume volume{std::vector<std::byte>(kBlocks * kBlock)};
  test::make_vss(volume.bytes, kArea, stores);
  return must(read_vss_view(volume, must(list_shadow_copies(volume)), index));
}

TEST(VssView, NeighboursAreOneRun) {
  EXPECT_EQ(view_of({{.descriptors = {vss_kept(3, 20), vss_kept(2, 19), vss_kept(7, 30)}}}, 0),
            (std::vector<VssRun>{{2 * kBlock, 2 * kBlock, 19 * kBlock},
                                 {7 * kBlock, kBlock, 30 * kBlock}}));
}

TEST(VssView, OlderCopyHasWhatItsOwnStoreSaysElseTheNewerOnes) {
  EXPECT_EQ(
      view_of(
          {{.descriptors = {vss_kept(2, 20)}}, {.descriptors = {vss_kept(2, 25), vss_kept(5, 26)}}},
          0),
      (std::vector<VssRun>{{2 * kBlock, kBlock, 20 * kBlock}, {5 * kBlock, kBlock, 26 * kBlock}}));
}

TEST(VssView, ForwarderMeansWhatTheNewerCopyHasAtItsTarget) {
  const std::vector<test::VssStoreSpec> stores{
      {.descriptors = {vss_forwarder(2, 5), vss_forwarder(3, 6)}},
      {.descriptors = {vss_kept(5, 26)}}};
  EXPECT_EQ(view_of(stores, 0), (std::vector<VssRun>{{2 * kBlock, kBlock, 26 * kBlock},
                                                     {3 * kBlock, kBlock, 6 * kBlock},
                                                     {5 * kBlock, kBlock, 26 * kBlock}}));
  EXPECT_EQ(view_of({{.descriptors = {vss_forwarder(2, 5)}}}, 0),
            (std::vector<VssRun>{{2 * kBlock, kBlock, 5 * kBlock}}));
}

TEST(VssView, OverlayIsSeenInItsOwnCopyOnly) {
  const std::vector<test::VssStoreSpec> stores{
      {}, {.descriptors = {vss_overlay(2, 20, 0b110)}}, {.descriptors = {vss_kept(2, 21)}}};
  EXPECT_EQ(view_of(stores, 0), (std::vector<VssRun>{{2 * kBlock, kBlock, 21 * kBlock}}));
  EXPECT_EQ(view_of(stores, 1),
            (std::vector<VssRun>{{2 * kBlock, 512, 21 * kBlock},
                                 {2 * kBlock + 512, 1024, 20 * kBlock + 512},
                                 {2 * kBlock + 1536, kBlock - 1536, 21 * kBlock + 1536}}));
  EXPECT_EQ(view_of(stores, 2), (std::vector<VssRun>{{2 * kBlock, kBlock, 21 * kBlock}}));
}

TEST(VssView, FreeBlocksOfTheNewestCopyAreZerosUnlessSomethingIsKeptOrMovedThere) {
  std::vector<bool> free(kBlocks), before(kBlocks);
  for (const std::size_t block : {4, 5, 6, 7, 8, 9}) free[block] = true;
  for (const std::size_t block : {1, 5, 6, 7, 8}) before[block] = true;
  test::VssStoreSpec store{.descriptors = {vss_kept(6, 20), vss_forwarder(1, 8)},
                           .free_blocks = free};
  const VssRun moved{1 * kBlock, kBlock, 8 * kBlock}, kept{6 * kBlock, kBlock, 20 * kBlock};
  EXPECT_EQ(view_of({store}, 0), (std::vector<VssRun>{moved,
                                                      {4 * kBlock, 2 * kBlock, VssRun::kZeros},
                                                      kept,
                                                      {7 * kBlock, kBlock, VssRun::kZeros},
                                                      {9 * kBlock, kBlock, VssRun::kZeros}}));
  EXPECT_EQ(view_of({store, {}}, 0), (std::vector<VssRun>{moved, kept})) << "not the newest";
  store.previously_free_blocks = before;
  EXPECT_EQ(view_of({store}, 0), (std::vector<VssRun>{moved,
                                                      {5 * kBlock, kBlock, VssRun::kZeros},
                                                      kept,
                                                      {7 * kBlock, kBlock, VssRun::kZeros}}));
}

TEST(VssView, SectorsBesideAnOverlayMayBeFree) {
  std::vector<bool> free(kBlocks);
  free[2] = true;
  EXPECT_EQ(view_of({{.descriptors = {vss_overlay(2, 20, 1)}, .free_blocks = free}}, 0),
            (std::vector<VssRun>{{2 * kBlock, 512, 20 * kBlock},
                                 {2 * kBlock + 512, kBlock - 512, VssRun::kZeros}}));
}

TEST(VssView, NewerCopyOfALargerVolumeIsCutOff) {
  EXPECT_EQ(view_of({{.volume_bytes = 4 * kBlock + 512},
                     {.descriptors = {vss_kept(3, 20), vss_kept(4, 21), vss_kept(5, 22)}}},
                    0),
            (std::vector<VssRun>{{3 * kBlock, kBlock + 512, 20 * kBlock}}));
}

TEST(VssView, NeedsEveryNewerStore) {
  MemoryVolume volume{std::vector<std::byte>(kBlocks * kBlock)};
  test::make_vss(volume.bytes, kArea, {{}, {.on_this_volume = false}, {}});
  const auto copies = must(list_shadow_copies(volume));
  const auto view = read_vss_view(volume, copies, 0);
  ASSERT_FALSE(view);
  EXPECT_NE(view.error().line().find("needs copy 2"), std::string::npos) << view.error().line();
  EXPECT_FALSE(read_vss_view(volume, copies, 1));
  EXPECT_TRUE(read_vss_view(volume, copies, 2));
}

TEST(VssView, RandomChainsReadLikeTheSlowTwin) {
  constexpr std::uint64_t kSeeds = test::random_rounds(250);
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const test::RandomShadows shadows = test::random_shadows(seed);
    const MemoryVolume volume(shadows.volume);
    for (std::size_t i = 0; i < shadows.copies; ++i) {
      const auto copy = must(open_shadow_volume(std::make_unique<MemoryVolume>(shadows.volume),
                                                std::to_string(i + 1)));
      std::vector<std::byte> bytes(copy->size_bytes());
      must(copy->read(0, bytes));
      ASSERT_EQ(bytes, test::read_shadow_slowly(volume, i)) << "copy " << i + 1;
    }
    int opened = 0;
    ASSERT_EQ(test::probe_shadows(volume, opened), "");
    ASSERT_EQ(opened, static_cast<int>(shadows.copies));
  }
}

}  // namespace
}  // namespace tintype
