#include "verify/ese/log/ese_small_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"

namespace tintype {
namespace {

EseProblem incomplete(std::uint64_t seen, std::uint64_t expected) {
  return make_problem("Incomplete", FindingKind::incomplete, 0,
                      fmt::format("{} of {} seen", seen, counted(expected, "page")));
}

EseProblem unreadable(std::uint64_t index, std::uint32_t bytes) {
  return make_problem("Unreadable", FindingKind::unreadable, 0,
                      fmt::format("page {} could not be read", index), index * bytes, bytes);
}

}  // namespace

EseCheckpointCheck::EseCheckpointCheck(std::string path, std::uint64_t file_bytes,
                                       std::shared_ptr<EseByteBudget> budget)
    : EseUnitCheck(file_bytes, kEseCheckpointCopyBytes, std::move(budget)) {
  facts_.path = std::move(path);
}

EseCheckpointCheck::~EseCheckpointCheck() {
  for (const auto& copy : copies_) budget().give_back(copy.size());
}

bool EseCheckpointCheck::wants_bytes(std::uint64_t index) const {
  return index < copies_.size();
}

void EseCheckpointCheck::on_unit(Unit&& unit) {
  if (unit.index < copies_.size() && !unit.unreadable)
    copies_[unit.index] = std::move(unit.bytes);  // all zero: none, which no checksum fits
  else
    budget().give_back(unit.bytes.size());
}

void EseCheckpointCheck::on_all() {
  std::vector<std::byte> file(std::min<std::uint64_t>(file_bytes(), 2 * kEseCheckpointCopyBytes));
  for (std::size_t i = 0; i < copies_.size(); ++i)
    std::ranges::copy(copies_[i],
                      file.begin() + static_cast<std::ptrdiff_t>(i * kEseCheckpointCopyBytes));
  facts_.complete = true;
  facts_.reading = read_ese_checkpoint(file);
}

FileReport EseCheckpointCheck::finish() {
  if (!facts_.complete) facts_.reading.problems.push_back(incomplete(units_seen(), units()));
  FileReport report;
  report.path = facts_.path;
  report.format = "ESE checkpoint";
  report.page_bytes = unit_bytes();
  report.pages_expected = std::max<std::uint64_t>(units(), copies_.size());
  report.pages.seen = units_seen();
  // Copies that differ are two sound ones.
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(report.pages.seen, copies_.size()); ++i)
    if (!facts_.reading.copies[i]) ++report.pages.bad_checksum;
  for (const EseProblem& problem : facts_.reading.problems) report.add(problem.finding);
  report.pages.sound = report.pages.seen - report.pages.bad_checksum;
  return report;
}

EseFlushMapCheck::EseFlushMapCheck(std::string path, std::uint64_t file_bytes,
                                   std::shared_ptr<EseByteBudget> budget)
    : EseUnitCheck(file_bytes, kEseFlushMapPageBytes, std::move(budget)) {
  facts_.path = std::move(path);
}

bool EseFlushMapCheck::wants_bytes(std::uint64_t index) const {
  return index == 0;
}

void EseFlushMapCheck::on_unit(Unit&& unit) {
  const std::uint64_t paid = unit.bytes.size();
  EseProblems found;
  if (unit.unreadable) {
    ++facts_.pages.seen;
    ++facts_.pages.unreadable;
    found.push_back(unreadable(unit.index, unit_bytes()));
  } else if (unit.index == 0) {
    unit.bytes.resize(std::min<std::uint64_t>(file_bytes(), unit_bytes()));  // zeros have no bytes
    const EseFlushMap header(unit.bytes);
    facts_.header_is_sound = header.header_is_sound();
    facts_.header = header.header();
    facts_.pages.seen += header.pages().seen;
    facts_.pages.sound += header.pages().sound;
    facts_.pages.bad_checksum += header.pages().bad_checksum;
    found = header.problems();
  } else if (unit.sums.bytes_seen == unit_bytes()) {  // else: behind the last whole page
    judge_flush_map_page(unit.sums, static_cast<std::uint32_t>(unit.index - 1), facts_.pages,
                         found);
  }
  budget().give_back(paid);
  for (EseProblem& problem : found) {
    if (facts_.problems.size() < FileReport::kFindingsKeptMax)
      facts_.problems.push_back(std::move(problem));
    else
      ++problems_dropped_;
  }
}

FileReport EseFlushMapCheck::finish() {
  facts_.complete = complete();
  std::ranges::stable_sort(facts_.problems, {},
                           [](const EseProblem& p) { return p.finding.file_offset; });
  FileReport report;
  report.path = facts_.path;
  report.format = "ESE flush map";
  report.state = !facts_.header_is_sound ? "" : facts_.header.is_clean() ? "Clean" : "Dirty";
  report.page_bytes = unit_bytes();
  report.pages_expected = std::max<std::uint64_t>(file_bytes() / unit_bytes(), 1);
  report.pages = facts_.pages;
  if (!facts_.complete || file_bytes() == 0)
    facts_.problems.push_back(incomplete(units_seen(), report.pages_expected));
  for (const EseProblem& problem : facts_.problems) report.add(problem.finding);
  report.findings_total += problems_dropped_;
  report.unsound_total += problems_dropped_;
  return report;
}

}  // namespace tintype
