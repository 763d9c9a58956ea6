// A GUID partition table as it lies on disk: a header sector, and an array of entries. There are
// two copies, one at the disk's beginning and one at its end. Source: UEFI specification,
// chapter 5.
//
// Pure reading: every number is checked against the disk before it is used, both checksums before
// anything is believed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hashing/endian.h"
#include "io/volume/volume.h"

namespace tintype {

using GptGuid = std::array<std::byte, 16>;  // as on disk: the first three fields little-endian
// "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
[[nodiscard]] std::string to_string(const GptGuid& guid);

struct GptHeader {
  char signature[8];      // +0x00  kGptSignature
  le32 revision;          // +0x08  0x00010000
  le32 header_bytes;      // +0x0C  that the checksum covers, from 92
  le32 header_crc;        // +0x10  with this field zero
  le32 reserved;          // +0x14
  le64 my_lba;            // +0x18  where this header lies
  le64 alternate_lba;     // +0x20  where the other one does
  le64 first_usable_lba;  // +0x28
  le64 last_usable_lba;   // +0x30
  GptGuid disk_guid;      // +0x38
  le64 entries_lba;       // +0x48
  le32 entry_count;       // +0x50
  le32 entry_bytes;       // +0x54
  le32 entries_crc;       // +0x58
};
static_assert(sizeof(GptHeader) == 92);
inline constexpr char kGptSignature[] = {'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'};

struct GptEntry {
  GptGuid type;     // +0x00  zero: not used
  GptGuid guid;     // +0x10
  le64 first_lba;   // +0x20
  le64 last_lba;    // +0x28  inclusive
  le64 attributes;  // +0x30
  le16 name[36];    // +0x38  UTF-16LE, ends with zero if shorter
};
static_assert(sizeof(GptEntry) == 128);

inline constexpr std::uint32_t kGptEntriesMax = 1024;  // the usual table has 128
inline constexpr std::uint32_t kGptEntryBytesMax = 4096;

// One copy, sound: it may be used as it is.
struct GptCopy {
  GptHeader header{};
  std::vector<std::byte> sector;   // the whole sector the header is in
  std::vector<std::byte> entries;  // entry_count x entry_bytes
  [[nodiscard]] GptEntry entry(std::uint32_t index) const noexcept;
};

// The copy whose header lies at `lba`. The error tells what is wrong with it, and names no disk:
// "its checksum is wrong".
[[nodiscard]] Result<GptCopy> read_gpt_copy(const Volume& disk, std::uint32_t sector_bytes,
                                            std::uint64_t lba);

// Seals header and entries with their checksums; the sector then holds the header.
void seal_gpt_copy(GptCopy& copy);

}  // namespace tintype
