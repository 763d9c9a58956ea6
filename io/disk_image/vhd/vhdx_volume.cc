#include "io/disk_image/vhd/vhdx_volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "io/disk_image/chain/chained_image.h"
#include "io/disk_image/vhd/vhdx_metadata.h"
#include "io/file/memory_file.h"

namespace tintype {
namespace {

using Patch = PatchedVolume::Patch;

constexpr std::uint64_t kBitmapBytes = 1 << 20;

class VhdxFile final : public ChainedImage {
 public:
  explicit VhdxFile(VhdxOpened opened) : opened_(std::move(opened)) {}
  static Result<std::unique_ptr<ChainedImage>> open(const std::string& path) {
    TINTYPE_TRY(VhdxOpened opened, open_vhdx(path));
    return std::make_unique<VhdxFile>(std::move(opened));
  }

  const File& file() const noexcept override { return opened_.content.file(); }
  std::uint64_t disk_bytes() const noexcept override { return metadata().disk_bytes; }
  std::uint32_t sector_bytes() const noexcept override { return metadata().sector_bytes; }
  Identity identity() const noexcept override { return metadata().data_write_id; }
  bool has_parent() const noexcept override { return metadata().has_parent; }
  bool takes_for_parent(const Identity& identity) const noexcept override {
    return std::ranges::count(metadata().parent_ids, identity) > 0;
  }
  std::vector<std::string> parent_names() const override { return metadata().parent_paths; }
  std::vector<std::string> remarks() const override { return metadata().remarks; }

  Result<PatchList> patches(std::uint32_t number, std::vector<File>& files) const override {
    const auto sectors = static_cast<std::uint32_t>(files.size());
    if (const auto replayed = opened_.content.replayed_sectors(); !replayed.empty()) {
      TINTYPE_TRY(File memory, memory_file(replayed));
      files.push_back(std::move(memory));
    }
    TINTYPE_TRY(const PatchList places, opened_.content.places(number, sectors));
    Blocks blocks{{}, metadata().taken};
    TINTYPE_CHECK(for_each_chunk(
        [&](std::uint64_t first, std::span<const le64> entries, std::uint64_t bitmap) {
          return add_chunk(first, entries, bitmap, places, blocks);
        }));
    TINTYPE_CHECK(check_apart(blocks.taken));
    return std::move(blocks.patches);
  }

 private:
  struct Blocks {
    PatchList patches;
    std::vector<Extent> taken;  // of the file, by whatever lies there

    void take(const Extent& place) {
      if (!taken.empty() && taken.back().end() == place.offset)
        taken.back().length += place.length;
      else
        taken.push_back(place);
    }
  };
  using Chunk = std::function<Result<void>(std::uint64_t first_block, std::span<const le64> blocks,
                                           std::uint64_t bitmap)>;

  [[nodiscard]] const VhdxMetadata& metadata() const noexcept { return opened_.metadata; }
  static VhdxBlock state_of(std::uint64_t entry) noexcept {
    return static_cast<VhdxBlock>(entry & kVhdxStateMask);
  }
  static std::uint64_t offset_of(std::uint64_t entry) noexcept {
    return entry & ~(kVhdxUnitBytes - 1);
  }

  // The entries of each chunk's blocks, and its bitmap's.
  Result<void> for_each_chunk(const Chunk& chunk) const {
    const std::uint64_t blocks = metadata().blocks(), ratio = metadata().chunk_blocks();
    std::vector<le64> entries;
    const auto read = [&](std::uint64_t entry, std::span<le64> into) {
      return opened_.content.read(metadata().block_table.offset + entry * sizeof(le64),
                                  std::as_writable_bytes(into));
    };
    for (std::uint64_t first = 0; first < blocks; first += ratio) {
      const std::uint64_t at = first / ratio * (ratio + 1);
      entries.resize(std::min(ratio, blocks - first));
      TINTYPE_CHECK(read(at, entries));
      le64 bitmap = 0;  // behind the last chunk of a disk without a parent there is none
      if (at + ratio < metadata().table_entries())
        TINTYPE_CHECK(read(at + ratio, std::span(&bitmap, 1)));
      TINTYPE_CHECK(chunk(first, entries, bitmap));
    }
    return {};
  }

  Result<void> add_chunk(std::uint64_t first, std::span<const le64> entries, std::uint64_t bitmap,
                         const PatchList& places, Blocks& blocks) const {
    const std::uint32_t block_bytes = metadata().block_bytes;
    bool needs_bitmap = false;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const VhdxBlock state = state_of(entries[i]);
      const std::uint64_t offset = (first + i) * block_bytes;
      const Patch block{offset, std::min<std::uint64_t>(block_bytes, disk_bytes() - offset),
                        offset_of(entries[i]), 0};
      switch (state) {
        case VhdxBlock::not_present:
          continue;
        case VhdxBlock::undefined:
        case VhdxBlock::zero:
        case VhdxBlock::unmapped:
        case VhdxBlock::unmapped_old:
          append(blocks.patches, {block.offset, block.length, 0, kZeroPatch});
          continue;
        case VhdxBlock::present:
          TINTYPE_CHECK(take(block, blocks));
          append_placed(blocks.patches, block, places);
          break;
        case VhdxBlock::partially_present:
          TINTYPE_CHECK(take(block, blocks));
          TINTYPE_CHECK(add_marked(block, bitmap, places, blocks.patches));
          needs_bitmap = true;
          break;
        default:
          return vhdx_damaged(
              file(), fmt::format("block {} has the state {}", first + i, static_cast<int>(state)));
      }
      if (blocks.patches.size() > kImagePiecesMax || blocks.taken.size() > kImagePiecesMax)
        return vhdx_damaged(file(), "it is in too many pieces");
    }
    if (needs_bitmap) blocks.take({offset_of(bitmap), kBitmapBytes});
    return {};
  }

  // Of a block all that the disk has of it must be there; a program may have left out the rest.
  Result<void> take(const Patch& block, Blocks& blocks) const {
    const std::uint64_t end = opened_.content.size_bytes();
    if (block.file_offset > end || block.length > end - block.file_offset)
      return vhdx_damaged(file(),
                          fmt::format("it is cut short: it ends at offset {}, and a block of it "
                                      "lies at {}",
                                      end, block.file_offset));
    blocks.take({block.file_offset, metadata().block_bytes});
    return {};
  }

  // The parts of a block whose sectors are marked as this file's own.
  Result<void> add_marked(const Patch& block, std::uint64_t bitmap, const PatchList& places,
                          PatchList& patches) const {
    if (!has_parent() || state_of(bitmap) != VhdxBlock::present)
      return vhdx_damaged(file(), "it does not say which sectors of a block are its own");
    const std::uint32_t sector = sector_bytes();
    const std::uint64_t first = block.offset / sector % (std::uint64_t{1} << 23);
    const std::uint64_t sectors = block.length / sector;
    std::vector<std::byte> bits((sectors + 7) / 8);
    TINTYPE_CHECK(opened_.content.read(offset_of(bitmap) + first / 8, bits));
    const auto marked = [&](std::uint64_t i) {
      return (std::to_integer<unsigned>(bits[i / 8]) >> (i % 8) & 1) != 0;
    };
    for (std::uint64_t from = 0; from < sectors;) {
      std::uint64_t to = from;
      while (to < sectors && marked(to) == marked(from)) ++to;
      if (marked(from))
        append_placed(patches,
                      {block.offset + from * sector, (to - from) * sector,
                       block.file_offset + from * sector, 0},
                      places);
      from = to;
    }
    return {};
  }

  // Two things in one place cannot both be right.
  Result<void> check_apart(std::vector<Extent>& taken) const {
    std::ranges::sort(taken, {}, &Extent::offset);
    for (std::size_t i = 1; i < taken.size(); ++i)
      if (taken[i].offset < taken[i - 1].end())
        return vhdx_damaged(file(), fmt::format("two things lie at offset {}", taken[i].offset));
    return {};
  }

  VhdxOpened opened_;
};

}  // namespace

Result<std::unique_ptr<Volume>> open_vhdx_volume(const std::string& path,
                                                 const ImageAccess& access) {
  return open_chained_volume(path, VhdxFile::open, access);
}

Result<std::vector<std::string>> vhdx_files(const std::string& path, const ImageAccess& access) {
  return chained_files(path, VhdxFile::open, access);
}

}  // namespace tintype
