#include "engine/guard/fit_partition_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/aligned_buffer.h"
#include "io/partition/gpt_relocation.h"
#include "io/partition/partition_table.h"

namespace tintype {
namespace {

// In whole sectors of the target, which may be larger than the table's: what stands beside the
// patch is written as it was read. Past the end of a file that is no multiple of them, zeros are
// written, and JobTarget::commit() cuts them off.
Result<void> write_patch(const File& file, const GptRelocation::Patch& patch, bool read_back) {
  const std::uint64_t unit =
      std::max(file.geometry().sector_bytes, file.geometry().memory_alignment);
  const std::uint64_t from = patch.offset / unit * unit;
  const std::uint64_t to = (patch.offset + patch.bytes.size() + unit - 1) / unit * unit;
  AlignedBuffer buffer(static_cast<std::size_t>(to - from));
  const std::span<std::byte> bytes(buffer.data(), static_cast<std::size_t>(to - from));
  std::ranges::fill(bytes, std::byte{0});
  TINTYPE_CHECK(file.read_at(from, bytes));
  const auto place =
      bytes.subspan(static_cast<std::size_t>(patch.offset - from), patch.bytes.size());
  std::ranges::copy(patch.bytes, place.begin());
  TINTYPE_CHECK(file.write_at(from, bytes));
  if (!read_back) return {};
  TINTYPE_CHECK(file.read_at(from, bytes));
  if (!std::ranges::equal(place, patch.bytes))
    return plain_error(fmt::format("{} does not give back the partition table that was written at "
                                   "offset {}",
                                   file.path(), patch.offset),
                       "the medium is damaged: use another one");
  return {};
}

}  // namespace

Result<std::string> fit_partition_table(const Volume& disk, const JobTarget& target,
                                        bool read_back) {
  const Geometry& geometry = target.file().geometry();
  if (const auto table = read_partition_table(disk); geometry.block_device && table &&
                                                     table->scheme != PartitionScheme::none &&
                                                     table->sector_bytes != geometry.sector_bytes)
    return fmt::format(
        "the partition table counts sectors of {} bytes and {} has sectors of {}: its partitions "
        "will NOT BE FOUND there",
        table->sector_bytes, target.file().path(), geometry.sector_bytes);
  if (target.size_bytes() <= disk.size_bytes()) return "";
  const auto relocation = relocate_gpt(disk, target.size_bytes());
  if (!relocation)
    return fmt::format("the partition table was NOT FITTED to the larger target: {}",
                       relocation.error().line());
  for (const GptRelocation::Patch& patch : relocation->patches)
    TINTYPE_CHECK(write_patch(target.file(), patch, read_back));
  return relocation->text;
}

}  // namespace tintype
