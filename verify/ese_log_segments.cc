#include "verify/ese_log_segments.h"

#include <fmt/format.h>

#include <compare>
#include <cstring>
#include <optional>
#include <tuple>

#include "hashing/zero_block.h"
#include "verify/ese_page_sums.h"
#include "verify/ese_text.h"

namespace tintype {
namespace {

constexpr int kErrLogFileCorrupt = -501;
constexpr int kErrLogTornWriteDuringHardRestore = -570;
constexpr int kErrLogReadVerifyFailure = -612;

constexpr std::size_t kPositionAt = 8;
constexpr std::size_t kFlagsAt = 36;
constexpr std::uint32_t kNewChecksumFormat = 0x2000;

// A segment whose checksum holds, after the correction of one bit if need be.
struct ValidSegment {
  std::uint64_t stored_checksum = 0;
  LgPos position{};
  bool corrected = false;
};

class Slots {
 public:
  explicit Slots(std::span<const std::byte> file) : file_(file) {}

  [[nodiscard]] std::uint32_t count() const noexcept {
    return static_cast<std::uint32_t>(file_.size() / kEseSegmentBytes);
  }
  [[nodiscard]] std::span<const std::byte> bytes(std::uint32_t slot) const noexcept {
    return file_.subspan(std::size_t{slot} * kEseSegmentBytes, kEseSegmentBytes);
  }
  [[nodiscard]] bool is_empty(std::uint32_t slot) const noexcept { return is_zero(bytes(slot)); }

  // The content of `slot`, if it is the segment `number`.
  [[nodiscard]] std::optional<ValidSegment> segment(std::uint32_t slot,
                                                    std::uint32_t number) const noexcept {
    EsePageSums sums;
    sums.add(kEseSegmentBytes, 0, bytes(slot));
    const EsePageResult result = judge_ese_page(sums, kEseSegmentBytes, number);
    const bool corrected = result.verdict == PageVerdict::correctable;
    if (result.verdict != PageVerdict::sound && !corrected) return std::nullopt;
    // Segments never had the older checksum.
    if ((load_le<std::uint32_t>(sums.header, kFlagsAt) & kNewChecksumFormat) == 0)
      return std::nullopt;
    if (corrected && result.bit < 8 * sums.header.size())
      sums.header[result.bit / 8] ^= std::byte{1} << (result.bit % 8);
    ValidSegment segment{.stored_checksum = load_le<std::uint64_t>(sums.header, 0),
                         .corrected = corrected};
    std::memcpy(&segment.position, sums.header.data() + kPositionAt, sizeof segment.position);
    return segment;
  }

 private:
  std::span<const std::byte> file_;
};

// Unused slots are zero since 8.4000.2; before, they held anything.
bool zeros_mean_unused(const LogHeader& header) noexcept {
  return std::tuple(header.version_major.value(), header.version_minor.value(),
                    header.update_major.value()) >= std::tuple(8u, 4000u, 2u);
}

class Walk {
 public:
  Walk(Slots slots, const LogHeader& header) : slots_(slots), header_(header) {
    found_.slots = slots_.count();
  }

  // The last slot holds a shadow at most.
  EseLogSegments run() && {
    for (std::uint32_t slot = header_.header_sectors; slot + 1 < slots_.count(); ++slot)
      if (!step(slot)) break;
    return std::move(found_);
  }

 private:
  // False at the first corruption.
  bool step(std::uint32_t slot) {
    LgPos expected{};
    expected.generation = header_.generation.value();
    expected.sector = static_cast<std::uint16_t>(slot);
    if (const auto segment = slots_.segment(slot, slot)) {
      if (segment->position < expected) {
        ++found_.stale;
        end_seen_ = true;
        return true;
      }
      if (segment->position > expected)
        return corrupt("BadSegmentLgpos", slot,
                       "says it is " + to_text(segment->position) + ", a place still to come");
      if (end_seen_)
        return corrupt("ValidSegmentAfterEmpty", slot,
                       "belongs to this log, but one before it does not: a write was lost");
      add_good(slot, *segment);
      return true;
    }
    if (slot > header_.header_sectors && slots_.segment(slot, slot - 1)) {
      ++found_.shadows;
      end_seen_ = true;
      return true;
    }
    if (zeros_mean_unused(header_) && slots_.is_empty(slot)) {
      ++found_.empty;
      end_seen_ = true;
      return true;
    }
    if (end_seen_)
      return corrupt("CorruptAfterEmptySegment", slot, "is damaged, behind the end of the log");
    const auto shadow = slots_.segment(slot + 1, slot);
    if (!shadow || shadow->position != expected)
      return corrupt("SegmentCorrupt", slot, "is damaged, and no shadow of it is there");
    add_good(slot, *shadow);
    found_.torn = slot;
    add_problem("TornWrite", FindingKind::bad_checksum, kErrLogTornWriteDuringHardRestore, slot,
                "is torn; its shadow can replace it");
    return true;
  }

  void add_good(std::uint32_t slot, const ValidSegment& segment) {
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

  Slots slots_;
  const LogHeader& header_;
  EseLogSegments found_;
  bool end_seen_ = false;
};

// What the engine asks of a log while it streams it to a backup: nothing about positions, but of
// every slot, the last one included.
void check_as_for_backup(const Slots& slots, const LogHeader& header, EseProblems& problems) {
  std::uint32_t bad = 0, first_bad = 0;
  for (std::uint32_t slot = header.header_sectors; slot < slots.count(); ++slot) {
    if (slots.is_empty(slot) || slots.segment(slot, slot) || slots.segment(slot, slot - 1))
      continue;
    if (bad++ == 0) first_bad = slot;
  }
  if (bad == 0) return;
  const std::uint64_t offset = std::uint64_t{first_bad} * kEseSegmentBytes;
  problems.push_back(make_problem(
      "BackupVerifyFailure", FindingKind::bad_checksum, kErrLogReadVerifyFailure,
      fmt::format("{} of {} segments fail the check made when a log is backed up (first: {})", bad,
                  slots.count() - header.header_sectors, first_bad),
      offset, kEseSegmentBytes));
}

}  // namespace

EseLogSegments check_ese_log_segments(std::span<const std::byte> file, const LogHeader& header) {
  const Slots slots(file);
  EseLogSegments found = Walk(slots, header).run();
  check_as_for_backup(slots, header, found.problems);
  return found;
}

}  // namespace tintype
