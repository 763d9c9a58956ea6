#include "verify/ese_log_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "verify/ese_log_v7.h"

namespace tintype {

EseLogCheck::EseLogCheck(std::string path, std::uint64_t file_bytes,
                         std::shared_ptr<EseByteBudget> budget)
    : EseUnitCheck(std::move(path), file_bytes, kEseSegmentBytes, std::move(budget)) {}

EseLogCheck::~EseLogCheck() {
  drop_all();
}

void EseLogCheck::begin_facts() {
  if (facts_ != nullptr) return;
  facts_ = &facts_list_.emplace_back();
  facts_->path = path();
  facts_->file_bytes = file_bytes();
}

bool EseLogCheck::wants_bytes(std::uint64_t index, const EsePageSums& sums) const {
  if (index == 0) return true;
  if (segments_only_.load(std::memory_order_relaxed)) return false;
  if (sums.bytes_seen != unit_bytes()) return true;
  return judge_ese_log_slot(sums, static_cast<std::uint32_t>(index)).content ==
         EseLogSlot::Content::damaged;
}

void EseLogCheck::on_unit(Unit&& unit) {
  begin_facts();
  if (slots_.empty() && !no_room_) {
    slots_paid_ = units() * sizeof(EseLogSlot);
    if (budget().take(slots_paid_)) {
      slots_.resize(units());
    } else {
      slots_paid_ = 0;
      no_room_ = true;
    }
  }
  const bool wanted = unit.any_bit_set && !unit.unreadable && wants_bytes(unit.index, unit.sums);
  if (unit.unreadable) unreadable_.push_back(unit.index);
  if (!slots_.empty() && !unit.unreadable && unit.sums.bytes_seen == unit_bytes())
    slots_[unit.index] = judge_ese_log_slot(unit.sums, static_cast<std::uint32_t>(unit.index));
  else if (!slots_.empty() && !unit.unreadable && !unit.any_bit_set)
    slots_[unit.index].content = EseLogSlot::Content::empty;
  if (wanted && unit.bytes.empty())
    no_room_ = true;
  else if (wanted)
    bytes_[unit.index] = std::move(unit.bytes);
  else
    budget().give_back(unit.bytes.size());
  if (unit.index != 0) return;
  if (!unit.unreadable) read_header();
  if (facts_->has_header() && facts_->header.version_major == 7) return;
  segments_only_.store(true, std::memory_order_relaxed);
  drop_bytes();
}

void EseLogCheck::read_header() {
  const auto found = bytes_.find(0);
  const std::vector<std::byte> zeros(
      std::min<std::uint64_t>(file_bytes(), found == bytes_.end() ? kEseLogHeaderBytes : 0));
  const std::span<const std::byte> bytes =
      found == bytes_.end() ? std::span<const std::byte>(zeros) : found->second;
  EseLogHeaderReading reading = read_ese_log_header(bytes, facts_->file_bytes);
  facts_->header_status = reading.status;
  facts_->looks_like_log =
      reading.status == EseLogHeaderReading::Status::sound || looks_like_ese_log(bytes);
  facts_->header = reading.header;
  header_ = std::make_unique<LogHeader>(reading.header);
  if (facts_->has_header())
    facts_->attached =
        read_ese_attachments(bytes.subspan(kEseLogAttachmentsAt).first(kEseAttachmentListBytes));
  facts_->problems = std::move(reading.problems);
}

void EseLogCheck::drop_bytes() {
  for (const auto& [index, bytes] : bytes_) budget().give_back(bytes.size());
  bytes_.clear();
}

void EseLogCheck::drop_all() {
  drop_bytes();
  budget().give_back(slots_paid_);
  slots_paid_ = 0;
  // Not "= {}", which keeps their memory.
  std::vector<EseLogSlot>().swap(slots_);
  std::vector<std::uint64_t>().swap(unreadable_);
  header_.reset();
}

void EseLogCheck::on_all() {
  facts_->complete = true;
  if (!unreadable_.empty()) {
    const std::uint64_t first = *std::ranges::min_element(unreadable_);
    facts_->problems.insert(
        facts_->problems.begin(),
        make_problem("Unreadable", FindingKind::unreadable, 0,
                     fmt::format("{} of {} segments (first: {}) could not be read",
                                 unreadable_.size(), units(), first),
                     first * unit_bytes(), unit_bytes()));
    if (first == 0) facts_->looks_like_log = true;  // nothing says that it is not
  }
  if (facts_->has_header()) {
    if (facts_->header.version_major == 7)
      check_v7();
    else
      check_v8();
  }
  drop_all();
}

void EseLogCheck::check_v8() {
  if (slots_.empty()) return not_checked("more logs are written at once than memory was set aside");
  // What does not fill a slot is no part of the log.
  const auto whole = std::span(slots_).first(file_bytes() / unit_bytes());
  EseLogSegments found = check_ese_log_segments(whole, *header_);
  facts_->segments_good = found.good;
  facts_->segments_corrected = found.corrected;
  facts_->segments_empty = found.empty;
  facts_->segments_stale = found.stale;
  facts_->segments_shadow = found.shadows;
  facts_->torn = found.torn;
  facts_->backup_failures = found.backup_failures;
  if (only_warnings(found.problems)) facts_->accumulated_checksum = found.accumulated_checksum;
  for (EseProblem& problem : found.problems) facts_->problems.push_back(std::move(problem));
  counts_.correctable = found.corrected;
  counts_.uninitialised = found.empty;
  counts_.bad_checksum = found.backup_failures;
}

void EseLogCheck::check_v7() {
  if (no_room_)
    return not_checked("more logs of the older format were in flight than memory was set aside");
  std::vector<std::byte> file(file_bytes());
  for (const auto& [index, bytes] : bytes_)
    std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(index * unit_bytes()));
  EseLogRecords found = check_ese_log_v7(file, *header_);
  facts_->segments_good = found.checksums;
  for (EseProblem& problem : found.problems) facts_->problems.push_back(std::move(problem));
}

void EseLogCheck::not_checked(std::string why) {
  facts_->not_checked = true;
  facts_->problems.push_back(
      make_problem("NotChecked", FindingKind::not_checked, 0, "not checked: " + std::move(why)));
}

void EseLogCheck::take_facts(std::list<EseLogFacts>& facts) {
  facts.splice(facts.end(), facts_list_);
  facts_ = nullptr;
}

void EseLogCheck::close() {
  begin_facts();
  if (!complete() || facts_->file_bytes == 0) {
    facts_->complete = false;
    facts_->problems.push_back(
        make_problem("Incomplete", FindingKind::incomplete, 0,
                     fmt::format("{} of {} segments seen", units_seen(), units())));
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
  report.pages = counts_;
  report.pages.seen = units_seen();
  report.pages.sound = report.pages.seen -
                       std::min(report.pages.seen,
                                counts_.correctable + counts_.uninitialised + counts_.bad_checksum);
  for (const EseProblem& problem : facts_->problems) report.add(problem.finding);
  return report;
}

}  // namespace tintype
