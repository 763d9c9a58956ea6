#include "io/disk_image/vhd/vhdx_content.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/file/extent_map.h"

namespace tintype {

tl::unexpected<Error> vhdx_damaged(const File& file, std::string_view how) {
  return plain_error(fmt::format("cannot read {}: as a VHDX it is damaged: {}", file.path(), how),
                     "look for another copy of it");
}

VhdxContent::VhdxContent(File file, VhdxLogReplay replay)
    : file_(std::move(file)), replay_(std::move(replay)) {
  size_bytes_ = std::max(file_.geometry().size_bytes, replay_.file_bytes);
  if (!replay_.patches.empty()) size_bytes_ = std::max(size_bytes_, replay_.patches.back().end());
}

Result<void> VhdxContent::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (offset > size_bytes_ || bytes.size() > size_bytes_ - offset)
    return vhdx_damaged(file_, fmt::format("it is cut short: there is nothing at offset {}",
                                           std::max(offset, size_bytes_)));
  TINTYPE_TRY(const std::size_t got, file_.read_at(offset, bytes));
  std::ranges::fill(bytes.subspan(got), std::byte{0});
  const std::uint64_t end = offset + bytes.size();
  auto patch = std::ranges::upper_bound(replay_.patches, offset, {}, &PatchedVolume::Patch::end);
  for (; patch != replay_.patches.end() && patch->offset < end; ++patch) {
    const std::uint64_t from = std::max(patch->offset, offset), to = std::min(patch->end(), end);
    const std::span<std::byte> part = bytes.subspan(from - offset, to - from);
    if (patch->file == kZeroPatch)
      std::ranges::fill(part, std::byte{0});
    else
      std::ranges::copy(std::span(replay_.sectors)
                            .subspan(patch->file_offset + (from - patch->offset), part.size()),
                        part.begin());
  }
  return {};
}

Result<PatchList> VhdxContent::places(std::uint32_t file, std::uint32_t sectors) const {
  if (const std::uint64_t bytes = file_.geometry().size_bytes;
      bytes < size_bytes_ && bytes % PatchedVolume::kSectorBytes != 0)
    return vhdx_damaged(file_, "it is cut short, in the middle of a sector");
  TINTYPE_TRY(const ExtentList data, data_extents(file_));
  PatchList in_file;
  for (const Extent& extent :
       rounded_out(data, PatchedVolume::kSectorBytes, file_.geometry().size_bytes))
    append(in_file, {extent.offset, extent.length, extent.offset, file});
  PatchList replayed = replay_.patches;
  for (PatchedVolume::Patch& patch : replayed)
    if (patch.file != kZeroPatch) patch.file = sectors;
  return laid_over(replayed, in_file);
}

}  // namespace tintype
