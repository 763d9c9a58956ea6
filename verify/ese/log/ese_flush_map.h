// The flush map of an ESE database: two bits a page that change with every write of the page. A
// page whose own two bits differ from the map's is an old version of itself: its last write was
// lost, which no checksum can tell. Source: section 5 of the ESE format facts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "verify/ese/ese_header.h"
#include "verify/ese/ese_problem.h"
#include "verify/ese/page/ese_page_sums.h"

namespace tintype {

inline constexpr std::uint32_t kEseFlushMapPageBytes = 8192;

struct FlushMapHeader {
  le32 checksum;                          // +0    XOR32 over 8192 bytes
  le32 version_major;                     // +4
  le32 update_major;                      // +8
  le32 update_minor;                      // +12
  std::array<std::byte, 20> reserved_1;   // +16
  le32 flags;                             // +36   bit 0: clean
  LogTime create_time;                    // +40
  LogTime attach_time;                    // +48
  LogTime detach_time;                    // +56
  Le<std::int32_t> gen_min_required;      // +64
  Le<std::int32_t> gen_min_target;        // +68
  LogTime flush_started_time;             // +72
  LogTime flush_completed_time;           // +80
  Signature db_header_flush;              // +88   pair the map with its database
  Signature flush_map_header_flush;       // +116
  std::array<std::byte, 523> reserved_2;  // +144
  le32 file_type;                         // +667  EseFileType::flush_map

  [[nodiscard]] bool is_clean() const noexcept { return (flags & 1) != 0; }
};
static_assert(sizeof(FlushMapHeader) == 671 && alignof(FlushMapHeader) == 1);
static_assert(offsetof(FlushMapHeader, flags) == 36 && offsetof(FlushMapHeader, attach_time) == 48);
static_assert(offsetof(FlushMapHeader, gen_min_required) == 64);
static_assert(offsetof(FlushMapHeader, flush_map_header_flush) == 116);
static_assert(offsetof(FlushMapHeader, file_type) == kEseFileTypeAt);

enum class EseFlushState : std::uint8_t { unknown, rock, paper, scissors };

// The two bits in the flags of a database page.
[[nodiscard]] constexpr EseFlushState flush_state_of_page(std::uint32_t page_flags) noexcept {
  return static_cast<EseFlushState>((page_flags >> 15) & 3);
}

// Whether the map describes this version of this database; `map` has been read as sound.
[[nodiscard]] bool flush_map_matches(const FlushMapHeader& map,
                                     const DatabaseHeader& database) noexcept;

// One page behind the header, by its sums; `index` counts from 0. Adds to counts and problems.
EsePageResult judge_flush_map_page(const EsePageSums& sums, std::uint32_t index, PageCounts& counts,
                                   EseProblems& problems);

// A map in memory; `file` must outlive it.
class EseFlushMap {
 public:
  explicit EseFlushMap(std::span<const std::byte> file);

  [[nodiscard]] const EseProblems& problems() const noexcept { return problems_; }
  [[nodiscard]] bool header_is_sound() const noexcept { return header_is_sound_; }
  [[nodiscard]] const FlushMapHeader& header() const noexcept { return header_; }
  [[nodiscard]] const PageCounts& pages() const noexcept { return counts_; }  // header included

  // Unknown for a page the map does not reach, or whose map page is damaged.
  [[nodiscard]] EseFlushState state_of(std::uint32_t page_number) const noexcept;
  // Whether the map describes this version of this database. A map that does not is no fault.
  [[nodiscard]] bool matches(const DatabaseHeader& database) const noexcept;

  enum class Verdict {
    no_finding,  // equal, or one of them unknown
    lost_flush,  // -1119. Before replay, in a dirty set, this is no more than a hint
    stale_map,   // the page is younger than the map: it says nothing
  };
  [[nodiscard]] Verdict judge(std::uint32_t page_number, EseFlushState page_state,
                              std::uint64_t page_dbtime) const noexcept;
  [[nodiscard]] Verdict judge_uninitialised(std::uint32_t page_number) const noexcept;

 private:
  void check_header();
  void check_pages();
  // The map page that describes a database page, if it is there and sound.
  [[nodiscard]] std::optional<std::uint32_t> sound_map_page(
      std::uint32_t page_number) const noexcept;
  [[nodiscard]] std::span<const std::byte> map_page(std::uint32_t index) const noexcept;

  std::span<const std::byte> file_;
  FlushMapHeader header_{};
  bool header_is_sound_ = false;
  PageCounts counts_;
  EseProblems problems_;
  std::vector<bool> usable_;                        // by map page
  std::map<std::uint32_t, std::uint32_t> flipped_;  // map page → bit to be taken the other way
};

// Names and values of the header, as its fields are called in the engine.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe(
    const FlushMapHeader& header);

}  // namespace tintype
