#include "verify/ese/log/ese_flush_map.h"

#include <fmt/format.h>

#include <cstring>

#include "hashing/counted.h"
#include "verify/ese/ese_error.h"
#include "verify/ese/ese_text.h"

namespace tintype {
namespace {

constexpr std::uint32_t kMapHeaderBytes = 64;  // of a map page; the states follow
constexpr std::uint32_t kStatesInPage = (kEseFlushMapPageBytes - kMapHeaderBytes) * 4;
constexpr std::size_t kDbtimeMaxAt = 8;
static_assert(kStatesInPage == 32512);

}  // namespace

EseFlushMap::EseFlushMap(std::span<const std::byte> file) : file_(file) {
  check_header();
  check_pages();
}

void EseFlushMap::check_header() {
  const auto corrupt = [&](std::string_view name, FindingKind kind, int error_number,
                           std::string text) {
    problems_.push_back(
        make_problem(name, kind, error_number, std::move(text), 0, kEseFlushMapPageBytes));
  };
  ++counts_.seen;
  if (file_.size() < kEseFlushMapPageBytes) {
    ++counts_.bad_checksum;
    return corrupt("HeaderMissing", FindingKind::header_corrupt, kErrReadVerifyFailure,
                   fmt::format("a flush map of {} has no header", counted(file_.size(), "byte")));
  }
  const auto unit = file_.first(kEseFlushMapPageBytes);
  std::memcpy(&header_, unit.data(), sizeof header_);
  if (header_.checksum != ese_xor32(unit)) {
    ++counts_.bad_checksum;
    return corrupt("HeaderCorrupt", FindingKind::header_corrupt, kErrReadVerifyFailure,
                   fmt::format("flush map header: checksum mismatch, stored {:#010x}, computed "
                               "{:#010x}",
                               header_.checksum.value(), ese_xor32(unit)));
  }
  ++counts_.sound;
  const auto type = static_cast<EseFileType>(header_.file_type.value());
  if (type != EseFileType::flush_map)
    return corrupt("WrongFileType", FindingKind::not_checked, kErrFileInvalidType,
                   fmt::format("not a flush map but a {} file (type {})", to_string(type),
                               header_.file_type.value()));
  header_is_sound_ = true;
}

// Map pages are sealed like database pages of 8 KiB; their numbers start at 0 behind the header.
EsePageResult judge_flush_map_page(const EsePageSums& sums, std::uint32_t index, PageCounts& counts,
                                   EseProblems& problems) {
  const EsePageResult result = judge_ese_page(sums, kEseFlushMapPageBytes, index);
  ++counts.seen;
  const std::uint64_t offset = (index + std::uint64_t{1}) * kEseFlushMapPageBytes;
  const auto add = [&](std::string_view name, FindingKind kind, std::string_view what) {
    problems.push_back(
        make_problem(name, kind, kErrReadVerifyFailure,
                     fmt::format("flush map page {} (file offset {}): {}", index, offset, what),
                     offset, kEseFlushMapPageBytes));
  };
  switch (result.verdict) {
    case PageVerdict::sound:
      ++counts.sound;
      break;
    case PageVerdict::uninitialised:
      ++counts.uninitialised;
      break;
    case PageVerdict::correctable:
      ++counts.correctable;
      add("PageCorrectable", FindingKind::correctable,
          fmt::format("checksum mismatch; flipped bit {} explains it", result.bit));
      break;
    default:
      ++counts.bad_checksum;
      add("PageCorrupt", FindingKind::bad_checksum,
          fmt::format("checksum mismatch, stored {:#018x}, computed {:#018x}", result.stored,
                      result.computed));
  }
  return result;
}

void EseFlushMap::check_pages() {
  const std::uint64_t pages = file_.size() / kEseFlushMapPageBytes;
  for (std::uint32_t index = 0; index + 1 < pages; ++index) {
    EsePageSums sums;
    sums.add(kEseFlushMapPageBytes, 0, map_page(index));
    const EsePageResult result = judge_flush_map_page(sums, index, counts_, problems_);
    usable_.push_back(result.verdict == PageVerdict::sound ||
                      result.verdict == PageVerdict::correctable);
    if (result.verdict == PageVerdict::correctable) flipped_[index] = result.bit;
  }
}

std::span<const std::byte> EseFlushMap::map_page(std::uint32_t index) const noexcept {
  return file_.subspan((std::size_t{index} + 1) * kEseFlushMapPageBytes, kEseFlushMapPageBytes);
}

std::optional<std::uint32_t> EseFlushMap::sound_map_page(std::uint32_t page_number) const noexcept {
  const std::uint32_t index = page_number / kStatesInPage;
  if (!header_is_sound_ || index >= usable_.size() || !usable_[index]) return std::nullopt;
  return index;
}

EseFlushState EseFlushMap::state_of(std::uint32_t page_number) const noexcept {
  const auto index = sound_map_page(page_number);
  if (!index) return EseFlushState::unknown;
  const std::uint32_t k = page_number % kStatesInPage;
  const std::size_t at = kMapHeaderBytes + k / 4;
  auto states = std::to_integer<std::uint32_t>(map_page(*index)[at]);
  if (const auto flip = flipped_.find(*index); flip != flipped_.end() && flip->second / 8 == at)
    states ^= 1u << (flip->second % 8);
  return static_cast<EseFlushState>(states >> (6 - 2 * (k % 4)) & 3);  // highest bits first
}

bool EseFlushMap::matches(const DatabaseHeader& database) const noexcept {
  return header_is_sound_ && flush_map_matches(header_, database);
}

bool flush_map_matches(const FlushMapHeader& map, const DatabaseHeader& database) noexcept {
  const auto pair = [](const Signature& a, const Signature& b) { return a.is_set() && a == b; };
  if (!pair(database.db_header_flush, map.db_header_flush) &&
      !pair(database.flush_map_header_flush, map.flush_map_header_flush))
    return false;
  if (map.is_clean()) return true;
  const std::int64_t map_needs = map.gen_min_required;
  const std::int64_t database_needs = database.gen_min_required;
  return database_needs > 0 && map_needs > 0 && database_needs <= map_needs;
}

EseFlushMap::Verdict EseFlushMap::judge(std::uint32_t page_number, EseFlushState page_state,
                                        std::uint64_t page_dbtime) const noexcept {
  const auto index = sound_map_page(page_number);
  if (!index) return Verdict::no_finding;
  const EseFlushState map_state = state_of(page_number);
  if (page_state == EseFlushState::unknown || map_state == EseFlushState::unknown ||
      page_state == map_state)
    return Verdict::no_finding;
  auto dbtime_max = load_le<std::uint64_t>(map_page(*index), kDbtimeMaxAt);
  if (const auto flip = flipped_.find(*index);
      flip != flipped_.end() && flip->second / 64 == kDbtimeMaxAt / 8)
    dbtime_max ^= std::uint64_t{1} << (flip->second % 64);
  return page_dbtime > dbtime_max ? Verdict::stale_map : Verdict::lost_flush;
}

EseFlushMap::Verdict EseFlushMap::judge_uninitialised(std::uint32_t page_number) const noexcept {
  return state_of(page_number) == EseFlushState::unknown ? Verdict::no_finding
                                                         : Verdict::lost_flush;
}

std::vector<std::pair<std::string, std::string>> describe(const FlushMapHeader& h) {
  return {
      {"Checksum", fmt::format("0x{:x}", h.checksum.value())},
      {"Format Version", fmt::format("{}.{}.{}", h.version_major.value(), h.update_major.value(),
                                     h.update_minor.value())},
      {"State", h.is_clean() ? "Clean" : "Dirty"},
      {"Create Time", to_text(h.create_time)},
      {"Attach Time", to_text(h.attach_time)},
      {"Detach Time", to_text(h.detach_time)},
      {"Min. Log Required", fmt::format("{0} (0x{0:x})", h.gen_min_required.value())},
      {"Min. Log Required Target", fmt::format("{0} (0x{0:x})", h.gen_min_target.value())},
      {"Last Flush Started", to_text(h.flush_started_time)},
      {"Last Flush Completed", to_text(h.flush_completed_time)},
      {"Database Header Flush Signature", to_text(h.db_header_flush)},
      {"Flush Map Header Flush Signature", to_text(h.flush_map_header_flush)},
  };
}

}  // namespace tintype
