#include "support/random_shadows.h"

#include <algorithm>
#include <random>
#include <span>

#include "support/random_bytes.h"

namespace tintype::test {
namespace {

constexpr std::uint64_t kLiveBlocks = 40;  // what the copies are about
constexpr std::uint64_t kDataBlocks = 40;  // where old content is kept
constexpr std::uint64_t kMetadataBlocks = 56;

std::vector<bool> random_bits(std::mt19937_64& random) {
  std::vector<bool> bits(kLiveBlocks);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = random() % 3 == 0;
  return bits;
}

VssBlockDescriptor random_descriptor(std::mt19937_64& random) {
  const std::uint64_t block = 1 + random() % (kLiveBlocks - 1);
  const std::uint64_t source = kLiveBlocks + random() % kDataBlocks;
  switch (random() % 8) {
    case 0:
    case 1:
      return vss_forwarder(block, 1 + random() % (kLiveBlocks - 1));
    case 2:
    case 3:
      return vss_overlay(block, source,
                         static_cast<std::uint32_t>(random() | (random() % 4 == 0 ? 0xFFFF : 0)));
    case 4: {
      VssBlockDescriptor unused = vss_kept(block, source);
      unused.flags = kVssNotUsed | (random() % 2 == 0 ? kVssOverlay : 0);
      return unused;
    }
    default: {
      VssBlockDescriptor kept = vss_kept(block, source);
      if (random() % 2 == 0) kept.flags = 0x88;
      return kept;
    }
  }
}

// What vshadowmount of 2024 looks for before it believes that a volume can have shadow copies.
void write_boot_sector(std::span<std::byte> volume) {
  const auto put = [&](std::size_t offset, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
      volume[offset + i] = static_cast<std::byte>(value >> (8 * i));
  };
  std::ranges::fill(volume.first(512), std::byte{0});
  put(0, 0x9052EB, 3);                  // jump
  put(3, 0x202020205346544E, 8);        // "NTFS    "
  put(11, 512, 2);                      // bytes a sector
  put(13, 8, 1);                        // sectors a cluster
  put(21, 0xF8, 1);                     // a fixed disk
  put(40, volume.size() / 512 - 1, 8);  // sectors of the volume
  put(48, 4, 8);                        // cluster of the $MFT
  put(56, 2, 8);                        // and of its mirror
  put(64, 0xF6, 1);                     // bytes of a record: 2 to the 10th
  put(68, 1, 1);                        // clusters of an index block
  put(510, 0xAA55, 2);
  std::ranges::copy(volume.first(512), volume.last(512).begin());  // its backup
}

}  // namespace

RandomShadows random_shadows(std::uint64_t seed, std::size_t copies_max) {
  std::mt19937_64 random(seed);
  RandomShadows made;
  // The last block is for the backup of the boot sector.
  made.volume =
      random_bytes((kLiveBlocks + kDataBlocks + kMetadataBlocks + 1) * kVssBlockBytes, seed);
  write_boot_sector(made.volume);
  made.copies = 1 + random() % copies_max;
  std::vector<VssStoreSpec> stores(made.copies);
  for (VssStoreSpec& store : stores) {
    for (std::uint64_t count = random() % 30; count > 0; --count)
      store.descriptors.push_back(random_descriptor(random));
    if (random() % 2 == 0) store.free_blocks = random_bits(random);
    if (random() % 2 == 0) store.previously_free_blocks = random_bits(random);
  }
  made.layout = make_vss(made.volume, (kLiveBlocks + kDataBlocks) * kVssBlockBytes, stores);
  return made;
}

}  // namespace tintype::test
