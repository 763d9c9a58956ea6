#include "io/shadow/vss_store.h"

#include <gtest/gtest.h>

#include "support/expect_ok.h"
#include "support/memory_volume.h"
#include "support/vss_maker.h"

namespace tintype {
namespace {

using test::vss_forwarder;
using test::vss_kept;
using test::vss_overlay;
using Block = VssStore::Block;

constexpr std::uint64_t kBytes = 64 * kVssBlockBytes;

VssStore store_of(const std::vector<VssBlockDescriptor>& descriptors) {
  VssStore store;
  for (const VssBlockDescriptor& descriptor : descriptors)
    EXPECT_EQ(store.add(descriptor, kBytes, kBytes), "");
  store.seal();
  return store;
}

TEST(VssStore, LastDescriptorOfABlockCounts) {
  const VssStore store = store_of({vss_kept(5, 20), vss_kept(3, 21), vss_kept(5, 22)});
  EXPECT_EQ(store.blocks(), (std::vector<Block>{{3, 21, false}, {5, 22, false}}));
  EXPECT_EQ(store.changed_blocks(), 2u);
}

TEST(VssStore, UnusedDescriptorIsIgnored) {
  VssBlockDescriptor unused = vss_kept(5, 20);
  unused.flags = kVssNotUsed;
  unused.original_offset = 12345;  // whatever it says
  EXPECT_TRUE(store_of({unused}).blocks().empty());
}

TEST(VssStore, FlagsOfUnknownMeaningChangeNothing) {
  VssBlockDescriptor kept = vss_kept(5, 20);
  kept.flags = 0x88;  // most descriptors that Windows writes
  EXPECT_EQ(store_of({kept}).blocks(), (std::vector<Block>{{5, 20, false}}));
}

TEST(VssStore, KeptTargetOfAMoveIsTheBlockThatWasMoved) {
  const VssStore store = store_of({vss_forwarder(5, 9), vss_kept(9, 20)});
  EXPECT_EQ(store.blocks(), (std::vector<Block>{{5, 20, false}}));
  EXPECT_TRUE(store.moved().empty());
}

TEST(VssStore, BlockThatIsMovedTwiceIsFollowed) {
  const VssStore store = store_of({vss_forwarder(5, 9), vss_forwarder(9, 12), vss_kept(12, 20)});
  EXPECT_EQ(store.blocks(), (std::vector<Block>{{5, 20, false}}));
}

TEST(VssStore, MoveToItsOwnPlaceIsNone) {
  EXPECT_TRUE(store_of({vss_forwarder(5, 5)}).blocks().empty());
}

TEST(VssStore, OverlaysOfABlockAddUpWhereTheFirstOneLies) {
  const VssStore store =
      store_of({vss_overlay(5, 20, 0xF), vss_kept(5, 21), vss_overlay(5, 30, 0xF0)});
  ASSERT_EQ(store.overlays().size(), 1u);
  EXPECT_EQ(store.overlays().at(5), (VssStore::Overlay{20, 0xFF}));
  EXPECT_EQ(store.blocks(), (std::vector<Block>{{5, 21, false}}));
  EXPECT_EQ(store.changed_blocks(), 1u);
  EXPECT_EQ(store.kept_blocks(), 2u);
}

TEST(VssStore, DescriptorsThatMakeNoSenseAreTold) {
  VssBlockDescriptor unaligned = vss_kept(5, 20), both = vss_forwarder(5, 9), placed = both;
  unaligned.store_offset = 20 * kVssBlockBytes + 512;
  both.flags = kVssForwarder | kVssOverlay;
  placed.store_offset = kVssBlockBytes;
  VssBlockDescriptor far = vss_kept(5, 20);
  far.store_offset = ~std::uint64_t{0} - (kVssBlockBytes - 1);
  for (const VssBlockDescriptor& lie :
       {unaligned, both, placed, far, vss_kept(64, 20), vss_kept(5, 64), vss_kept(5, 0),
        vss_forwarder(5, 64), vss_overlay(64, 5, 1), vss_overlay(5, 64, 1)}) {
    VssStore store;
    EXPECT_NE(store.add(lie, kBytes, kBytes), "");
  }
}

TEST(VssStore, BudgetEndsALongList) {
  test::MemoryVolume volume{std::vector<std::byte>(kBytes)};
  const test::VssLayout layout =
      test::make_vss(volume.bytes, 16 * kVssBlockBytes,
                     {{.descriptors = std::vector<VssBlockDescriptor>(1000, vss_kept(5, 40))}});
  const ShadowCopy copy{.number = 1, .volume_bytes = kBytes, .block_list_offset = layout.lists[0]};
  VssBudget budget{.descriptors = 1500};
  EXPECT_TRUE(test::ok(VssStore::read(volume, copy, budget)));
  EXPECT_EQ(budget.descriptors, 500u);
  EXPECT_FALSE(VssStore::read(volume, copy, budget));
}

TEST(VssBitmap, EndsWithTheVolume) {
  // More bits than a block holds, and more than the volume has blocks.
  const std::uint64_t blocks = 130'048 + 11;
  std::vector<bool> bits(blocks + 3, true);
  bits[0] = bits[7] = bits[130'047] = false;
  test::MemoryVolume volume{std::vector<std::byte>(kBytes)};
  const auto layout = test::make_vss(volume.bytes, 16 * kVssBlockBytes, {{.free_blocks = bits}});
  const ShadowCopy copy{.number = 1, .volume_bytes = blocks * kVssBlockBytes - 512};
  const ExtentList ranges = test::must(read_vss_bitmap(volume, copy, layout.bitmaps[0]));
  EXPECT_EQ(ranges, (ExtentList{{1 * kVssBlockBytes, 6 * kVssBlockBytes},
                                {8 * kVssBlockBytes, 130'039 * kVssBlockBytes},
                                {130'048 * kVssBlockBytes, 11 * kVssBlockBytes - 512}}));
}

}  // namespace
}  // namespace tintype
