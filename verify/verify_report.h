// What verification found, one report a file. Facts only; what follows from them (exit code,
// permit) is decided elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tintype {

enum class FindingKind : std::uint8_t {
  bad_checksum,    // -1018
  wrong_place,     // -1118
  correctable,     // -1018 that one flipped bit explains; the database still mounts
  unreadable,      // the medium did not give the bytes
  header_primary,  // primary header bad, shadow used: a warning
  header_shadow,   // shadow header bad or different: a warning
  header_corrupt,  // both: -1206
  incomplete,      // pages seen != pages expected
  not_checked,     // could not be checked, and why
  state,           // database state that log replay alone cannot restore
  stream_warning,  // of a log stream: nothing that a restore needs, a warning
};
[[nodiscard]] std::string_view to_string(FindingKind kind) noexcept;  // "bad_checksum"
[[nodiscard]] bool is_warning(FindingKind kind) noexcept;  // does not make the file unsound

struct Finding {
  FindingKind kind{};
  int error_number = 0;           // ESE error, negative; 0 if there is none
  std::string text;               // one sentence without a full stop
  std::int64_t page_number = 0;   // as the engine counts: header -1, shadow header 0, then 1…
  std::uint64_t file_offset = 0;  // bytes
  std::uint64_t length = 0;       // bytes concerned; 0 if the whole file is
  std::int64_t bit = -1;          // correctable: the flipped bit of the page
  // Where the first byte lies on the volume; filled in by the engine, kNowhere if it has no place.
  std::uint64_t volume_offset = kNowhere;
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
};

struct PageCounts {
  std::uint64_t seen = 0;
  std::uint64_t sound = 0;
  std::uint64_t uninitialised = 0;
  std::uint64_t correctable = 0;
  std::uint64_t bad_checksum = 0;
  std::uint64_t wrong_place = 0;
  std::uint64_t unreadable = 0;
  bool operator==(const PageCounts&) const = default;
};

struct FileReport {
  std::string path;
  std::string format;  // "ESE database, 32 KiB pages"
  std::uint32_t page_bytes = 0;
  std::uint64_t pages_expected = 0;  // header and shadow header included
  PageCounts pages;
  std::uint64_t highest_dbtime = 0;
  std::int64_t highest_dbtime_page = 0;
  std::string state;              // "Dirty Shutdown"
  std::vector<Finding> findings;  // the first kFindingsKeptMax
  std::uint64_t findings_total = 0;
  static constexpr std::size_t kFindingsKeptMax = 1000;

  void add(Finding finding);  // counts all, keeps the first ones
  // Every page seen, none bad: correctable pages and header warnings do not spoil it.
  [[nodiscard]] bool sound() const noexcept;
  [[nodiscard]] bool checked() const noexcept;  // no not_checked or incomplete finding
  std::uint64_t unsound_total = 0;              // findings that are no warning
  std::uint64_t unchecked_total = 0;            // findings not_checked and incomplete
};

}  // namespace tintype
