// The header of an ESE transaction log: the first 4096 bytes. Source: section 6.1 of the ESE
// format facts. It is written once, when the log is created, and has no shadow.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "verify/ese/ese_header.h"
#include "verify/ese/ese_problem.h"

namespace tintype {

inline constexpr std::size_t kEseLogHeaderBytes = 4096;

// The engine's parameters when the log (or checkpoint) was written.
struct EseEnvironment {
  std::array<char, 261> system_path;   // +0
  std::array<char, 261> log_path;      // +261
  std::uint8_t flags;                  // +522  bit 0: circular logging
  le32 sessions;                       // +523
  le32 open_tables;                    // +527
  le32 version_pages;                  // +531
  le32 cursors;                        // +535
  le32 log_buffers;                    // +539
  le32 log_file_sectors;               // +543
  le32 cache_pages;                    // +547
  std::array<std::byte, 16> reserved;  // +551
};
static_assert(sizeof(EseEnvironment) == 567 && alignof(EseEnvironment) == 1);
static_assert(offsetof(EseEnvironment, flags) == 522);
static_assert(offsetof(EseEnvironment, cache_pages) == 547);
// As eseutil prints it: (off,1227,…)
[[nodiscard]] std::string to_text(const EseEnvironment& environment);

struct LogHeader {
  le32 checksum;                    // +0    XOR32 over 4096 bytes
  Le<std::int32_t> generation;      // +4    1 … 0x7FFFF800
  le16 sector_bytes;                // +8    4096 since version 8
  le16 header_sectors;              // +10   all of them together are 4096 bytes
  le16 file_sectors;                // +12
  le16 page_bytes;                  // +14   of the databases; 0 = 4096
  LogTime create_time;              // +16
  LogTime previous_create_time;     // +24   of generation - 1; unset in a stream's first log
  le32 version_major;               // +32   8, or 7 with the older record checksums
  le32 version_minor;               // +36
  le32 update_major;                // +40
  Signature log_signature;          // +44
  EseEnvironment environment;       // +72
  std::uint8_t flags;               // +639  see below
  LgPos checkpoint;                 // +640  when this log was created
  le32 update_minor;                // +648
  std::uint8_t disk_sector;         // +652  true sector size of the disk, an enumeration
  le64 previous_segments_checksum;  // +653  of generation - 1; 0 = not maintained
  le32 generated_by;                // +661  engine format version, for diagnosis
  le16 reserved;                    // +665
  le32 file_type;                   // +667  EseFileType::log; unknown in very old logs

  static constexpr std::uint8_t kFromReserve = 1;
  static constexpr std::uint8_t kCircularNow = 2;
  static constexpr std::uint8_t kCircularBefore = 4;
};
static_assert(sizeof(LogHeader) == 671 && alignof(LogHeader) == 1);
static_assert(offsetof(LogHeader, create_time) == 16 && offsetof(LogHeader, version_major) == 32);
static_assert(offsetof(LogHeader, log_signature) == 44 && offsetof(LogHeader, environment) == 72);
static_assert(offsetof(LogHeader, flags) == 639 && offsetof(LogHeader, update_minor) == 648);
static_assert(offsetof(LogHeader, previous_segments_checksum) == 653);
static_assert(offsetof(LogHeader, file_type) == kEseFileTypeAt);

struct EseLogHeaderReading {
  enum class Status {
    sound,     // the log can be walked; `problems` may still name a wrong file size
    all_zero,  // no log: a reserve, or one that never was written
    corrupt,   // the checksum does not hold
    refused,   // a header, but not of a log this program knows
  };
  Status status = Status::corrupt;
  LogHeader header{};
  EseProblems problems;
};

// `first_bytes` are the first 4096 of the file, or more; `xor32` is their ese_xor32(), where
// somebody has it already.
[[nodiscard]] EseLogHeaderReading read_ese_log_header(std::span<const std::byte> first_bytes,
                                                      std::uint64_t file_bytes,
                                                      std::optional<std::uint32_t> xor32 = {});

// Whether a file that starts so is a log, whole or damaged: a damaged header still says so in its
// type, version and geometry, one of which the damage may have hit. Text, which other programs keep
// in files called *.log, says none of it.
[[nodiscard]] bool looks_like_ese_log(std::span<const std::byte> first_bytes) noexcept;

// Names and values in the order and the words of `eseutil /ml`.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe(const LogHeader& header);

}  // namespace tintype
