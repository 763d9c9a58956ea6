#include "engine/pipeline/read_narrowing.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace tintype {
namespace {

// A device's sector is known. Of a file whose system does not say what direct I/O asks for, the
// unit is only what surely works: sectors are tried, and where they are refused the unit it is.
std::uint32_t smallest_unit_of(const File& file) noexcept {
  const std::uint32_t unit = Block::Read::unit_of(file);
  return file.geometry().block_device || file.remote() != nullptr ? unit : std::min(unit, 512u);
}

}  // namespace

const ReadNarrowing::Part& ReadNarrowing::next() {
  if (parts_.empty()) {
    parts_.push_back(waiting_.front());
    waiting_.pop_front();
    tries_ = 0;
  }
  return parts_.back();
}

Result<Block*> ReadNarrowing::took(std::int32_t result, double seconds, PassCounters& counters) {
  Block* const block = parts_.back().block;
  TINTYPE_CHECK(result >= 0 ? got(static_cast<std::uint32_t>(result), counters)
                            : failed(-result, seconds, counters));
  return parts_.empty() ? block : nullptr;
}

Result<void> ReadNarrowing::got(std::uint32_t bytes, PassCounters& counters) {
  failing_seconds_ = 0;
  tries_ = 0;
  auto& [block, read, unit] = parts_.back();
  const std::uint32_t whole = bytes >= read.length ? read.length : bytes / unit * unit;
  if (whole == 0) return ended_early_error(*read.file, read.file_offset + bytes);
  counters.read_bytes += whole;
  ++counters.reads;
  read = {read.file, read.file_offset + whole, read.buffer_offset + whole, read.length - whole};
  if (read.length == 0) parts_.pop_back();
  return {};
}

Result<void> ReadNarrowing::failed(int error_number, double seconds, PassCounters& counters) {
  const auto& [block, read, unit] = parts_.back();
  if (error_number == static_cast<int>(std::errc::invalid_argument) &&
      unit < Block::Read::unit_of(*read.file))
    return give_up(counters);
  if (!is_medium_error(error_number)) return read_error(error_number, *read.file, read.file_offset);
  failing_seconds_ += seconds;
  if (failing_seconds_ > kFailingSecondsMax)
    return plain_error(
        fmt::format("for {:.0f} minutes nothing of {} could be read, last at offset {}: giving up",
                    kFailingSecondsMax / 60, read.file->path(), read.file_offset),
        "the medium is failing; rescue it with ddrescue first");
  if (read.length > unit) {
    halve(unit);
  } else if (++tries_ >= kTriesMax) {
    if (const std::uint32_t smallest = smallest_unit_of(*read.file); smallest < unit)
      halve(smallest);
    else
      return give_up(counters);
  }
  return {};
}

void ReadNarrowing::halve(std::uint32_t unit) {
  Part head = parts_.back(), tail = head;
  parts_.pop_back();
  tries_ = 0;
  head.unit = tail.unit = unit;
  head.read.length = std::min(head.read.length, std::max(head.read.length / 2 / unit * unit, unit));
  tail.read.file_offset += head.read.length;
  tail.read.buffer_offset += head.read.length;
  tail.read.length -= head.read.length;
  if (tail.read.length != 0) parts_.push_back(tail);
  parts_.push_back(head);
}

Result<void> ReadNarrowing::give_up(PassCounters& counters) {
  const Part lost = parts_.back();
  parts_.pop_back();
  tries_ = 0;
  std::ranges::fill(lost.bytes(), std::byte{0});
  lost.block->unreadable.push_back({lost.read.buffer_offset, lost.read.length});
  counters.read_bytes += lost.read.length;
  ++counters.reads;
  counters.unreadable_bytes += lost.read.length;
  if (counters.unreadable_bytes > kUnreadableBytesMax)
    return too_many_unreadable_error(lost.read.file->path());
  return {};
}

}  // namespace tintype
