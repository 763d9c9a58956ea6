#include "verify/ese/log/ese_log_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "hashing/counted.h"
#include "verify/ese/log/ese_log_v7.h"

namespace tintype {

struct EseLogCheck::InFlight {
  explicit InFlight(EseByteBudget& paid) : budget(paid) {}
  ~InFlight() {
    drop_bytes();
    budget.give_back(slots_paid);
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  void drop_bytes() {
    for (const auto& [index, unit] : bytes) budget.give_back(unit.size());
    bytes.clear();
  }

  EseByteBudget& budget;
  std::optional<LogHeader> header;
  std::vector<EseLogSlot> slots;  // by unit; empty if there is no room
  std::uint64_t slots_paid = 0;
  // Bytes of the header and of slots that are no segments: all of an older log, few of a newer one.
  std::map<std::uint64_t, std::vector<std::byte>> bytes;
  std::vector<std::uint64_t> unreadable;  // units
  bool no_room = false;
};

EseLogCheck::EseLogCheck(std::string path, std::uint64_t file_bytes,
                         std::shared_ptr<EseByteBudget> budget, std::list<EseLogFacts>& found)
    : EseUnitCheck(file_bytes, kEseSegmentBytes, std::move(budget)),
      path_(std::move(path)),
      found_(found) {}

EseLogCheck::~EseLogCheck() = default;

void EseLogCheck::begin_facts() {
  if (facts_ != nullptr) return;
  facts_ = &found_.emplace_back();
  facts_->path = std::move(path_);
  facts_->file_bytes = file_bytes();
}

void EseLogCheck::begin() {
  if (in_flight_ != nullptr) return;
  begin_facts();
  in_flight_ = std::make_unique<InFlight>(budget());
  const std::uint64_t slots_bytes = units() * sizeof(EseLogSlot);
  in_flight_->no_room = !budget().take(slots_bytes);
  if (in_flight_->no_room) return;
  in_flight_->slots_paid = slots_bytes;
  in_flight_->slots.resize(units());
}

// The header is no segment, and what is damaged may be an older log's.
std::optional<EseLogSlot> EseLogCheck::reduced(std::uint64_t index, const EsePageSums& sums) const {
  if (index == 0) return std::nullopt;
  const EseLogSlot slot = judge_ese_log_slot(sums, static_cast<std::uint32_t>(index));
  if (slot.content == EseLogSlot::Content::damaged) return std::nullopt;
  return slot;
}

bool EseLogCheck::wants_bytes(std::uint64_t index) const {
  return index == 0 || !segments_only_.load(std::memory_order_relaxed);
}

void EseLogCheck::on_slot(std::uint64_t index, const EseLogSlot& slot) {
  begin();
  if (!in_flight_->slots.empty()) in_flight_->slots[index] = slot;
}

void EseLogCheck::on_unit(Unit&& unit) {
  begin();
  // What was wanted while the header was not known need not be any more.
  const bool wanted = unit.any_bit_set && !unit.unreadable && wants_bytes(unit.index);
  if (unit.unreadable) in_flight_->unreadable.push_back(unit.index);
  if (wanted && unit.bytes.empty())
    in_flight_->no_room = true;
  else if (wanted)
    in_flight_->bytes[unit.index] = std::move(unit.bytes);
  else
    budget().give_back(unit.bytes.size());
  if (unit.index != 0) return;
  // A task has summed it: the bytes need not come to this core for that.
  if (!unit.unreadable)
    read_header(
        unit.sums.bytes_seen == unit_bytes()
            ? std::optional(static_cast<std::uint32_t>(judge_ese_header_page(unit.sums).computed))
            : std::nullopt);
  if (facts_->has_header() && facts_->header.version_major == 7) return;
  segments_only_.store(true, std::memory_order_relaxed);
  in_flight_->drop_bytes();
}

void EseLogCheck::read_header(std::optional<std::uint32_t> xor32) {
  const auto found = in_flight_->bytes.find(0);
  const std::vector<std::byte> zeros(std::min<std::uint64_t>(
      file_bytes(), found == in_flight_->bytes.end() ? kEseLogHeaderBytes : 0));
  const std::span<const std::byte> bytes =
      found == in_flight_->bytes.end() ? std::span<const std::byte>(zeros) : found->second;
  EseLogHeaderReading reading = read_ese_log_header(bytes, facts_->file_bytes, xor32);
  facts_->header_status = reading.status;
  facts_->looks_like_log =
      reading.status == EseLogHeaderReading::Status::sound || looks_like_ese_log(bytes);
  facts_->header = reading.header;
  in_flight_->header = reading.header;
  if (facts_->has_header())
    facts_->attached =
        read_ese_attachments(bytes.subspan(kEseLogAttachmentsAt).first(kEseAttachmentListBytes));
  facts_->problems = std::move(reading.problems);
}

void EseLogCheck::on_all() {
  facts_->complete = true;
  const auto& unreadable = in_flight_->unreadable;
  if (!unreadable.empty()) {
    const std::uint64_t first = *std::ranges::min_element(unreadable);
    facts_->problems.insert(
        facts_->problems.begin(),
        make_problem("Unreadable", FindingKind::unreadable, 0,
                     fmt::format("{} of {} (first: {}) could not be read", unreadable.size(),
                                 counted(units(), "segment"), first),
                     first * unit_bytes(), unit_bytes()));
    if (first == 0) facts_->looks_like_log = true;  // nothing says that it is not
  }
  if (facts_->has_header()) {
    if (facts_->header.version_major == 7)
      check_v7();
    else
      check_v8();
  }
  in_flight_.reset();
}

void EseLogCheck::check_v8() {
  if (in_flight_->slots.empty())
    return not_checked("more logs are written at once than memory was set aside");
  // What does not fill a slot is no part of the log.
  const auto whole = std::span(in_flight_->slots).first(file_bytes() / unit_bytes());
  EseLogSegments found = check_ese_log_segments(whole, *in_flight_->header);
  facts_->segments_good = found.good;
  facts_->segments_corrected = found.corrected;
  facts_->segments_empty = found.empty;
  facts_->segments_stale = found.stale;
  facts_->segments_shadow = found.shadows;
  facts_->torn = found.torn;
  facts_->backup_failures = found.backup_failures;
  if (only_warnings(found.problems)) facts_->accumulated_checksum = found.accumulated_checksum;
  for (EseProblem& problem : found.problems) facts_->problems.push_back(std::move(problem));
}

void EseLogCheck::check_v7() {
  if (in_flight_->no_room)
    return not_checked("more logs of the older format were in flight than memory was set aside");
  std::vector<std::byte> file(file_bytes());
  for (const auto& [index, bytes] : in_flight_->bytes)
    std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(index * unit_bytes()));
  EseLogRecords found = check_ese_log_v7(file, *in_flight_->header);
  facts_->segments_good = found.checksums;
  for (EseProblem& problem : found.problems) facts_->problems.push_back(std::move(problem));
}

void EseLogCheck::not_checked(std::string why) {
  facts_->not_checked = true;
  facts_->problems.push_back(
      make_problem("NotChecked", FindingKind::not_checked, 0, "not checked: " + std::move(why)));
}

void EseLogCheck::close() {
  begin_facts();
  if (!complete() || facts_->file_bytes == 0) {
    facts_->complete = false;
    facts_->problems.push_back(
        make_problem("Incomplete", FindingKind::incomplete, 0,
                     fmt::format("{} of {} seen", units_seen(), counted(units(), "segment"))));
  }
}

FileReport EseLogCheck::finish() {
  close();
  FileReport report;
  report.path = facts_->path;
  report.format = facts_->has_header()
                      ? fmt::format("ESE log, generation {:#x}", facts_->header.generation.value())
                      : "ESE log";
  report.page_bytes = unit_bytes();
  report.pages_expected = units();
  PageCounts& pages = report.pages;
  pages.seen = units_seen();
  pages.correctable = facts_->segments_corrected;
  pages.uninitialised = facts_->segments_empty;
  pages.bad_checksum = facts_->backup_failures;
  pages.sound = pages.seen -
                std::min(pages.seen, pages.correctable + pages.uninitialised + pages.bad_checksum);
  for (const EseProblem& problem : facts_->problems) report.add(problem.finding);
  return report;
}

}  // namespace tintype
