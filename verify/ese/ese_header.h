// The ESE database header (page -1) and its shadow. Source: section 4 of the ESE format facts.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "hashing/endian.h"

namespace tintype {

inline constexpr std::uint32_t kEseMagic = 0x89ABCDEF;
inline constexpr std::uint32_t kEseVersion = 0x620;
inline constexpr std::uint32_t kEsePageBytesMin = 2048;
inline constexpr std::uint32_t kEsePageBytesMax = 32768;

enum class EseState : std::uint32_t {
  just_created = 1,
  dirty_shutdown = 2,
  clean_shutdown = 3,
  being_converted = 4,
  force_detach = 5,
  incremental_reseed = 6,
  dirty_and_patched = 7,
  revert_in_progress = 8,
};
// eseutil's words: "Dirty Shutdown".
[[nodiscard]] std::string_view to_string(EseState state) noexcept;

// Place in a log stream. Compared as generation, then sector, then byte.
struct LgPos {
  le16 byte;                    // +0x00  within the sector
  le16 sector;                  // +0x02  sector (segment) of the log file
  Le<std::int32_t> generation;  // +0x04
};
static_assert(sizeof(LgPos) == 8 && alignof(LgPos) == 1);
[[nodiscard]] std::strong_ordering operator<=>(const LgPos& a, const LgPos& b) noexcept;
[[nodiscard]] bool operator==(const LgPos& a, const LgPos& b) noexcept;

// All zero = never set. Two times are equal if all their bytes are.
struct LogTime {
  std::uint8_t second, minute, hour;
  std::uint8_t day;         // 1-31
  std::uint8_t month;       // 1-12
  std::uint8_t year;        // since 1900
  std::uint8_t utc_and_ms;  // bit 0: UTC; bits 1-7: the low 7 bits of the milliseconds
  std::uint8_t ms_high;     // bits 1-3: the high 3 bits of the milliseconds
  bool operator==(const LogTime&) const = default;
  [[nodiscard]] bool is_set() const noexcept { return *this != LogTime{}; }
};
static_assert(sizeof(LogTime) == 8);

// Names a database, a log stream or a flush, and nothing else in the world.
struct Signature {
  le32 random;                         // +0x00
  LogTime creation;                    // +0x04
  std::array<char, 16> computer_name;  // +0x0C
  [[nodiscard]] bool is_set() const noexcept;
};
static_assert(sizeof(Signature) == 28);
[[nodiscard]] bool operator==(const Signature& a, const Signature& b) noexcept;

struct BackupInfo {
  LgPos mark;         // +0x00
  LogTime mark_time;  // +0x08
  le32 gen_low;       // +0x10
  le32 gen_high;      // +0x14
};
static_assert(sizeof(BackupInfo) == 24);

// How often something happened, when last, and how often before the last repair.
struct Counted {
  le32 count;
  LogTime time;
  le32 count_old;
};
static_assert(sizeof(Counted) == 16);

enum class EseFileType : std::uint32_t {
  unknown = 0,
  database = 1,
  streaming_file = 2,
  log = 3,
  checkpoint = 4,
  temp_database = 5,
  ftl_trace = 6,
  flush_map = 7,
  revert_snapshot = 10,
  revert_checkpoint = 11,
};
[[nodiscard]] std::string_view to_string(EseFileType type) noexcept;

// All kinds of ESE header carry the file type at this (unaligned) place.
inline constexpr std::size_t kEseFileTypeAt = 667;

// The database header. The rest of its page is zero.
struct DatabaseHeader {
  le32 checksum;                        // +0     XOR32 over the whole page
  le32 magic;                           // +4     kEseMagic
  le32 version;                         // +8     kEseVersion
  Le<std::int32_t> attrib;              // +12    0 = database
  le64 dbtime_dirtied;                  // +16    may lag behind the pages
  Signature db_signature;               // +24
  le32 state;                           // +52    EseState
  LgPos consistent;                     // +56    last clean detach
  LogTime consistent_time;              // +64
  LogTime attach_time;                  // +72
  LgPos attach;                         // +80
  LogTime detach_time;                  // +88
  LgPos detach;                         // +96
  le32 dbid;                            // +104   0 = temporary database
  Signature log_signature;              // +108   of the log stream it is attached to
  BackupInfo full_previous;             // +136   last successful full backup
  BackupInfo incremental_previous;      // +160
  BackupInfo full_current;              // +184   set: this file is itself a (streaming) backup
  le32 flags;                           // +208   bit 0: shadowing disabled
  le32 objid_last;                      // +212
  le32 os_major;                        // +216
  le32 os_minor;                        // +220
  le32 os_build;                        // +224
  le32 os_service_pack;                 // +228
  le32 update_major;                    // +232   of the format
  le32 page_bytes;                      // +236   0 = 4096
  le32 repair_count;                    // +240
  LogTime repair_time;                  // +244
  Signature reserved_signature;         // +252
  le64 scrub_dbtime;                    // +280
  LogTime scrub_time;                   // +288
  le32 gen_min_required;                // +296   first log that replay needs
  le32 gen_max_required;                // +300   last log that consistency needs
  le32 upgrade_pages_55_format;         // +304
  le32 upgrade_pages_free;              // +308
  le32 upgrade_pages_space_map;         // +312
  BackupInfo snapshot_current;          // +316
  le32 create_version;                  // +340
  le32 create_update;                   // +344
  LogTime gen_max_committed_time;       // +348   creation of the log gen_max_committed
  le32 full_previous_type;              // +356   EseBackupType
  le32 incremental_previous_type;       // +360
  le32 repair_count_old;                // +364
  Counted ecc_fix_success;              // +368
  Counted ecc_fix_fail;                 // +384
  Counted bad_checksum;                 // +400
  le32 gen_max_committed;               // +416   last log with committed records
  BackupInfo copy_previous;             // +420
  BackupInfo differential_previous;     // +444
  le32 copy_previous_type;              // +468
  le32 differential_previous_type;      // +472
  Counted incremental_reseed;           // +476
  Counted page_patch;                   // +492
  le64 sort_version;                    // +508
  LogTime scan_previous_time;           // +516
  LogTime scan_start_time;              // +524
  le32 scan_highest_continuous;         // +532
  le32 gen_recovering;                  // +536
  le32 extend_count;                    // +540
  LogTime extend_time;                  // +544
  le32 shrink_count;                    // +552
  LogTime shrink_time;                  // +556
  LogTime reattach_time;                // +564
  LgPos reattach;                       // +572
  le32 trim_count;                      // +580
  Signature db_header_flush;            // +584   pair the database with its flush map
  Signature flush_map_header_flush;     // +612
  le32 gen_min_consistent;              // +640
  le32 update_minor;                    // +644   of the format
  le32 attached_by;                     // +648   engine format version, for diagnosis
  le32 scan_highest;                    // +652
  LgPos last_resize;                    // +656
  std::array<std::byte, 3> reserved_1;  // +664
  le32 file_type;                       // +667   EseFileType
  std::byte reserved_2;                 // +671
  LogTime gen_max_required_time;        // +672   from format 0x620,150,320 on
  le32 gen_pre_redo_min_consistent;     // +680
  le32 gen_pre_redo_min_required;       // +684
  Signature rbs_header_flush;           // +688
  le32 revert_count;                    // +716
  LogTime revert_from_time;             // +720
  LogTime revert_to_time;               // +728
  le32 revert_pages;                    // +736
  LgPos commit_before_revert;           // +740

  [[nodiscard]] std::uint32_t actual_page_bytes() const noexcept {
    return page_bytes == 0 ? 4096 : page_bytes.value();
  }
};
static_assert(sizeof(DatabaseHeader) == 748 && alignof(DatabaseHeader) == 1);
static_assert(std::is_trivially_copyable_v<DatabaseHeader>);
// clang-format off
#define TINTYPE_AT(field, offset) static_assert(offsetof(DatabaseHeader, field) == (offset))
TINTYPE_AT(checksum, 0); TINTYPE_AT(magic, 4); TINTYPE_AT(version, 8); TINTYPE_AT(attrib, 12);
TINTYPE_AT(dbtime_dirtied, 16); TINTYPE_AT(db_signature, 24); TINTYPE_AT(state, 52);
TINTYPE_AT(consistent, 56); TINTYPE_AT(consistent_time, 64); TINTYPE_AT(attach_time, 72);
TINTYPE_AT(attach, 80); TINTYPE_AT(detach_time, 88); TINTYPE_AT(detach, 96); TINTYPE_AT(dbid, 104);
TINTYPE_AT(log_signature, 108); TINTYPE_AT(full_previous, 136);
TINTYPE_AT(incremental_previous, 160); TINTYPE_AT(full_current, 184); TINTYPE_AT(flags, 208);
TINTYPE_AT(objid_last, 212); TINTYPE_AT(os_major, 216); TINTYPE_AT(os_minor, 220);
TINTYPE_AT(os_build, 224); TINTYPE_AT(os_service_pack, 228); TINTYPE_AT(update_major, 232);
TINTYPE_AT(page_bytes, 236); TINTYPE_AT(repair_count, 240); TINTYPE_AT(repair_time, 244);
TINTYPE_AT(reserved_signature, 252); TINTYPE_AT(scrub_dbtime, 280); TINTYPE_AT(scrub_time, 288);
TINTYPE_AT(gen_min_required, 296); TINTYPE_AT(gen_max_required, 300);
TINTYPE_AT(upgrade_pages_55_format, 304); TINTYPE_AT(upgrade_pages_free, 308);
TINTYPE_AT(upgrade_pages_space_map, 312); TINTYPE_AT(snapshot_current, 316);
TINTYPE_AT(create_version, 340); TINTYPE_AT(create_update, 344);
TINTYPE_AT(gen_max_committed_time, 348); TINTYPE_AT(full_previous_type, 356);
TINTYPE_AT(incremental_previous_type, 360); TINTYPE_AT(repair_count_old, 364);
TINTYPE_AT(ecc_fix_success, 368); TINTYPE_AT(ecc_fix_fail, 384); TINTYPE_AT(bad_checksum, 400);
TINTYPE_AT(gen_max_committed, 416); TINTYPE_AT(copy_previous, 420);
TINTYPE_AT(differential_previous, 444); TINTYPE_AT(copy_previous_type, 468);
TINTYPE_AT(differential_previous_type, 472); TINTYPE_AT(incremental_reseed, 476);
TINTYPE_AT(page_patch, 492); TINTYPE_AT(sort_version, 508); TINTYPE_AT(scan_previous_time, 516);
TINTYPE_AT(scan_start_time, 524); TINTYPE_AT(scan_highest_continuous, 532);
TINTYPE_AT(gen_recovering, 536); TINTYPE_AT(extend_count, 540); TINTYPE_AT(extend_time, 544);
TINTYPE_AT(shrink_count, 552); TINTYPE_AT(shrink_time, 556); TINTYPE_AT(reattach_time, 564);
TINTYPE_AT(reattach, 572); TINTYPE_AT(trim_count, 580); TINTYPE_AT(db_header_flush, 584);
TINTYPE_AT(flush_map_header_flush, 612); TINTYPE_AT(gen_min_consistent, 640);
TINTYPE_AT(update_minor, 644); TINTYPE_AT(attached_by, 648); TINTYPE_AT(scan_highest, 652);
TINTYPE_AT(last_resize, 656); TINTYPE_AT(reserved_1, 664); TINTYPE_AT(file_type, 667);
TINTYPE_AT(reserved_2, 671); TINTYPE_AT(gen_max_required_time, 672);
TINTYPE_AT(gen_pre_redo_min_consistent, 680); TINTYPE_AT(gen_pre_redo_min_required, 684);
TINTYPE_AT(rbs_header_flush, 688); TINTYPE_AT(revert_count, 716);
TINTYPE_AT(revert_from_time, 720); TINTYPE_AT(revert_to_time, 728); TINTYPE_AT(revert_pages, 736);
TINTYPE_AT(commit_before_revert, 740);
// clang-format on
#undef TINTYPE_AT

// What the headers of a database file say about it.
struct EseHeaderReading {
  enum class Status {
    sound,        // both copies valid and equal
    shadow_bad,   // shadow invalid or different: primary used; normal after a crash in between
    primary_bad,  // primary invalid: shadow used
    corrupt,      // none valid
    refused,      // valid, but not a database this program can check: `problem` says why
  };
  Status status = Status::corrupt;
  // 0 if unknown. With a corrupt header it is a proposal: what the damaged copies still say.
  std::uint32_t page_bytes = 0;
  DatabaseHeader header{};  // of the copy used; all zero if there is none
  std::string problem;      // why the status is not `sound`; one sentence without a full stop
  int error_number = 0;     // ESE error of the problem
  // A temporary database: its pages carry no checksums, and it is no part of a backup.
  bool is_temporary = false;
};

// Page size, the copy to use, and its content, from the first 64 KiB of the file (or all of it, if
// it is shorter).
[[nodiscard]] EseHeaderReading read_ese_header(std::span<const std::byte> first_bytes);

// Whether a file that starts so may be an ESE database: by the magic of its header or of its
// shadow header, as far as `first_bytes` reach. Cheap.
[[nodiscard]] bool looks_like_ese(std::span<const std::byte> first_bytes) noexcept;

// States that log replay alone can bring to a consistent database.
[[nodiscard]] bool restorable_by_replay(EseState state) noexcept;

// XOR32 over the whole of `unit` (a power of two is not needed; a multiple of 4 is).
[[nodiscard]] std::uint32_t ese_xor32(std::span<const std::byte> unit) noexcept;

// Field names and values in the order and the words of `eseutil /mh`.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe(
    const DatabaseHeader& header);

}  // namespace tintype
