#include "engine/monitor/volume_map.h"

#include <algorithm>
#include <bit>

namespace tintype {
namespace {

constexpr std::uint64_t parts(std::uint64_t whole, std::uint64_t part) {
  return whole / part + (whole % part != 0);
}

}  // namespace

void VolumeMap::Cell::add_file(std::uint16_t number) noexcept {
  const auto kept = std::span(files).first(files_kept);
  if (std::ranges::find(kept, number) != kept.end()) return;
  if (files_kept == kFilesMax)
    more_files = true;
  else
    files[files_kept++] = number;
}

void VolumeMap::Cell::add(const Cell& more) noexcept {
  captured_bytes += more.captured_bytes;
  zero_bytes += more.zero_bytes;
  unreadable_bytes += more.unreadable_bytes;
  database_bytes += more.database_bytes;
  log_bytes += more.log_bytes;
  bad_bytes += more.bad_bytes;
  more_files |= more.more_files;
  for (std::size_t file = 0; file < more.files_kept; ++file) add_file(more.files[file]);
}

VolumeMap::VolumeMap(std::string name, std::uint64_t volume_bytes)
    : name_(std::move(name)),
      volume_bytes_(volume_bytes),
      cell_bytes_(std::max(std::bit_ceil(parts(volume_bytes, kCellsMax)), kCellBytesMin)),
      cells_(parts(volume_bytes, cell_bytes_)) {}

std::uint64_t VolumeMap::bytes_of(std::size_t cell) const noexcept {
  return std::min(cell_bytes_, volume_bytes_ - cell * cell_bytes_);
}

template <class Visit>
void VolumeMap::for_each_cell(const Extent& range, Visit visit) {
  const std::uint64_t end = std::min(range.end(), volume_bytes_);
  for (std::uint64_t at = range.offset; at < end;) {
    const std::size_t cell = at / cell_bytes_;
    const std::uint64_t next = std::min((cell + 1) * cell_bytes_, end);
    visit(cells_[cell], next - at);
    at = next;
  }
}

void VolumeMap::set_captured(const ExtentList& captured, const ExtentList& data) {
  for (const Extent& range : captured)
    for_each_cell(range, [](Cell& cell, std::uint64_t bytes) {
      cell.captured_bytes += bytes;
      cell.zero_bytes += bytes;
    });
  for (const Extent& range : intersection(captured, data))
    for_each_cell(range, [](Cell& cell, std::uint64_t bytes) { cell.zero_bytes -= bytes; });
}

void VolumeMap::add_zeros(std::span<const Extent> ranges) {
  for (const Extent& range : ranges)
    for_each_cell(range, [](Cell& cell, std::uint64_t bytes) { cell.zero_bytes += bytes; });
}

void VolumeMap::add_unreadable(std::span<const Extent> ranges) {
  for (const Extent& range : ranges)
    for_each_cell(range, [](Cell& cell, std::uint64_t bytes) { cell.unreadable_bytes += bytes; });
}

void VolumeMap::add_bad(const Extent& range) {
  for_each_cell(range, [](Cell& cell, std::uint64_t bytes) { cell.bad_bytes += bytes; });
}

void VolumeMap::add_file(FileKind kind, const std::string& path, std::uint64_t file_bytes,
                         std::span<const FileRun> runs) {
  ++files_total_;
  const auto number = static_cast<std::uint16_t>(files_.size());
  const bool kept = files_.size() < kFilesMax;
  if (kept) files_.push_back({kind, path, file_bytes, runs.size()});
  for (const FileRun& run : runs)
    for_each_cell({run.volume_offset, run.length}, [&](Cell& cell, std::uint64_t bytes) {
      (kind == FileKind::database ? cell.database_bytes : cell.log_bytes) += bytes;
      if (kept)
        cell.add_file(number);
      else
        cell.more_files = true;
    });
}

void VolumeMap::coarsen() {
  cell_bytes_ *= 2;
  for (std::size_t i = 0; i < cells_.size(); i += 2) {
    Cell joined = cells_[i];
    if (i + 1 < cells_.size()) joined.add(cells_[i + 1]);
    cells_[i / 2] = joined;
  }
  cells_.resize((cells_.size() + 1) / 2);
}

}  // namespace tintype
