#include "verify/ese/log/ese_log_segments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <compare>
#include <cstring>
#include <tuple>
#include <vector>

#include "hashing/counted.h"
#include "verify/ese/ese_error.h"
#include "verify/ese/ese_text.h"

namespace tintype {
namespace {

constexpr std::size_t kPositionAt = 8;
constexpr std::size_t kKnownBytes = 16;  // what is kept of a segment's header
constexpr std::size_t kFlagsAt = 36;
constexpr std::uint32_t kNewChecksumFormat = 0x2000;

// Unused slots are zero since 8.4000.2; before, they held anything.
bool zeros_mean_unused(const LogHeader& header) noexcept {
  return std::tuple(header.version_major.value(), header.version_minor.value(),
                    header.update_major.value()) >= std::tuple(8u, 4000u, 2u);
}

using Content = EseLogSlot::Content;

class Walk {
 public:
  Walk(std::span<const EseLogSlot> slots, const LogHeader& header)
      : slots_(slots), header_(header) {
    found_.slots = static_cast<std::uint32_t>(slots_.size());
  }

  // The last slot holds a shadow at most.
  EseLogSegments run() && {
    for (std::uint32_t slot = header_.header_sectors; slot + 1 < slots_.size(); ++slot)
      if (!step(slot)) break;
    return std::move(found_);
  }

 private:
  // False at the first corruption.
  bool step(std::uint32_t slot) {
    LgPos expected{};
    expected.generation = header_.generation.value();
    expected.sector = static_cast<std::uint16_t>(slot);
    const EseLogSlot& here = slots_[slot];
    if (here.content == Content::segment) {
      if (here.position < expected) {
        ++found_.stale;
        end_seen_ = true;
        return true;
      }
      if (here.position > expected)
        return corrupt("BadSegmentLgpos", slot,
                       "says it is " + to_text(here.position) + ", a place still to come");
      if (end_seen_)
        return corrupt("ValidSegmentAfterEmpty", slot,
                       "belongs to this log, but one before it does not: a write was lost");
      add_good(slot, here);
      return true;
    }
    if (slot > header_.header_sectors && here.content == Content::shadow) {
      ++found_.shadows;
      end_seen_ = true;
      return true;
    }
    if (zeros_mean_unused(header_) && here.content == Content::empty) {
      ++found_.empty;
      end_seen_ = true;
      return true;
    }
    if (end_seen_)
      return corrupt("CorruptAfterEmptySegment", slot, "is damaged, behind the end of the log");
    const EseLogSlot& shadow = slots_[slot + 1];
    if (shadow.content != Content::shadow || shadow.position != expected)
      return corrupt("SegmentCorrupt", slot, "is damaged, and no shadow of it is there");
    add_good(slot, shadow);
    found_.torn = slot;
    add_problem("TornWrite", FindingKind::bad_checksum, kErrLogTornWriteDuringHardRestore, slot,
                "is torn; its shadow can replace it");
    return true;
  }

  void add_good(std::uint32_t slot, const EseLogSlot& segment) {
    ++found_.good;
    found_.last_good = slot;
    found_.accumulated_checksum ^= segment.stored_checksum;
    if (!segment.corrected) return;
    ++found_.corrected;
    add_problem("SegmentCorrectable", FindingKind::correctable, 0, slot,
                "has one flipped bit that its checksum locates");
  }

  bool corrupt(std::string_view name, std::uint32_t slot, const std::string& what) {
    add_problem(name, FindingKind::bad_checksum, kErrLogFileCorrupt, slot, what);
    return false;
  }

  void add_problem(std::string_view name, FindingKind kind, int error_number, std::uint32_t slot,
                   const std::string& what) {
    const std::uint64_t offset = std::uint64_t{slot} * kEseSegmentBytes;
    found_.problems.push_back(make_problem(
        name, kind, error_number, fmt::format("segment {} (file offset {}) {}", slot, offset, what),
        offset, kEseSegmentBytes));
  }

  std::span<const EseLogSlot> slots_;
  const LogHeader& header_;
  EseLogSegments found_;
  bool end_seen_ = false;
};

// What the engine asks of a log while it streams it to a backup: nothing about positions, but of
// every slot, the last one included.
void check_as_for_backup(std::span<const EseLogSlot> slots, const LogHeader& header,
                         EseLogSegments& found) {
  std::uint32_t first_bad = 0;
  for (std::uint32_t slot = header.header_sectors; slot < slots.size(); ++slot)
    if (slots[slot].content == Content::damaged && found.backup_failures++ == 0) first_bad = slot;
  if (found.backup_failures == 0) return;
  const std::uint64_t offset = std::uint64_t{first_bad} * kEseSegmentBytes;
  found.problems.push_back(make_problem(
      "BackupVerifyFailure", FindingKind::bad_checksum, kErrLogReadVerifyFailure,
      fmt::format("{} of {} {} the check made when a log is backed up (first: {})",
                  found.backup_failures, counted(slots.size() - header.header_sectors, "segment"),
                  word_for(found.backup_failures, "fails", "fail"), first_bad),
      offset, kEseSegmentBytes));
}

}  // namespace

EseLogSlot judge_ese_log_slot(const EsePageSums& sums, std::uint32_t slot) noexcept {
  EseLogSlot judged;
  if (!sums.any_bit_set) {
    judged.content = Content::empty;
    return judged;
  }
  // Segments never had the older checksum.
  if ((load_le<std::uint32_t>(sums.header, kFlagsAt) & kNewChecksumFormat) == 0) return judged;
  for (const std::uint32_t number : {slot, slot - 1}) {
    const EsePageResult result = judge_ese_page(sums, kEseSegmentBytes, number);
    judged.corrected = result.verdict == PageVerdict::correctable;
    if (result.verdict != PageVerdict::sound && !judged.corrected) continue;
    judged.content = number == slot ? Content::segment : Content::shadow;
    auto header = std::span(sums.header).first<kKnownBytes>();
    std::array<std::byte, kKnownBytes> mended;
    if (judged.corrected && result.bit < 8 * header.size()) {
      std::ranges::copy(header, mended.begin());
      mended[result.bit / 8] ^= std::byte{1} << (result.bit % 8);
      header = mended;
    }
    judged.stored_checksum = load_le<std::uint64_t>(header, 0);
    std::memcpy(&judged.position, header.data() + kPositionAt, sizeof judged.position);
    break;
  }
  return judged;
}

EseLogSegments check_ese_log_segments(std::span<const EseLogSlot> slots, const LogHeader& header) {
  EseLogSegments found = Walk(slots, header).run();
  check_as_for_backup(slots, header, found);
  return found;
}

EseLogSegments check_ese_log_segments(std::span<const std::byte> file, const LogHeader& header) {
  std::vector<EseLogSlot> slots(file.size() / kEseSegmentBytes);
  for (std::uint32_t slot = header.header_sectors; slot < slots.size(); ++slot) {
    EsePageSums sums;
    sums.add(kEseSegmentBytes, 0,
             file.subspan(std::size_t{slot} * kEseSegmentBytes, kEseSegmentBytes));
    slots[slot] = judge_ese_log_slot(sums, slot);
  }
  return check_ese_log_segments(slots, header);
}

}  // namespace tintype
