// NTFS structures as they lie on disk: boot sector, file record, attribute, file name.
//
// Pure: bytes in, values out; no I/O, no state. Nothing read from the bytes is used before it is
// checked against the span it came from, so any bytes at all may be handed in.
//
//   record    := "FILE" header, update sequence array, attributes, end mark
//   attribute := header, name, then either its value (resident) or where its clusters lie
//
// The last two bytes of every 512 in a record are kept in the update sequence array and replaced
// by a sequence number; a record whose numbers differ was torn while it was written.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>

#include "hashing/utf16.h"
#include "io/result.h"

namespace tintype {

struct NtfsGeometry {
  std::uint32_t sector_bytes = 0;
  std::uint32_t cluster_bytes = 0;
  std::uint32_t record_bytes = 0;
  std::uint64_t total_clusters = 0;  // whole ones; the last sector holds the boot copy
  std::uint64_t mft_cluster = 0;
};
// `boot`: the volume's first 512 bytes.
[[nodiscard]] Result<NtfsGeometry> parse_ntfs_boot(std::span<const std::byte> boot,
                                                   std::uint64_t volume_bytes);

constexpr std::uint32_t kNtfsRecordBytesMax = 4096;
constexpr std::uint64_t kNtfsRootRecord = 5;
constexpr std::uint64_t kNtfsFirstUserRecord = 24;  // below: $MFT … $Extend, and reserved ones

enum class NtfsRecordState : std::uint8_t {
  sound,
  torn,        // the update sequence does not hold
  no_record,   // never written, or marked BAAD
  unreadable,  // the medium said no
};
// Puts the bytes back that the update sequence displaced. Of a torn record too: its names are
// mostly readable, and worth a message.
[[nodiscard]] NtfsRecordState restore_ntfs_record(std::span<std::byte> record) noexcept;

// A file reference: record number and the sequence number that record must have.
struct NtfsReference {
  std::uint64_t record = 0;
  std::uint16_t sequence = 0;
  [[nodiscard]] static NtfsReference from(std::uint64_t on_disk) noexcept {
    return {on_disk & 0xFFFF'FFFF'FFFF, static_cast<std::uint16_t>(on_disk >> 48)};
  }
  // Zero matches anything: references in the first records are written that way.
  [[nodiscard]] bool names(std::uint16_t record_sequence) const noexcept {
    return sequence == 0 || sequence == record_sequence;
  }
};

struct NtfsRecordHeader {
  std::uint16_t sequence = 0;
  bool in_use = false;
  bool directory = false;
  NtfsReference base;  // of an extension record: whose attributes it holds
  // $MFT's own extensions name record 0, but with its sequence number.
  [[nodiscard]] bool is_base() const noexcept { return base.record == 0 && base.sequence == 0; }
};
// Of a restored record. Its size is the record size of the volume, so the fields are inside.
[[nodiscard]] NtfsRecordHeader ntfs_record_header(std::span<const std::byte> record) noexcept;

enum class NtfsAttributeType : std::uint32_t {
  standard_information = 0x10,
  attribute_list = 0x20,
  file_name = 0x30,
  volume_name = 0x60,
  volume_information = 0x70,
  data = 0x80,
  bitmap = 0xB0,
  reparse_point = 0xC0,
  end = 0xFFFFFFFF,
};

struct NtfsAttribute {
  NtfsAttributeType type = NtfsAttributeType::end;
  bool resident = true;
  bool compressed = false;
  bool encrypted = false;
  std::span<const std::byte> name;   // UTF-16LE
  std::span<const std::byte> value;  // resident
  // Not resident: a file's clusters may be described by several attributes, each with its range.
  std::uint64_t first_vcn = 0;
  std::uint64_t last_vcn = 0;    // first_vcn - 1: none
  std::uint64_t data_bytes = 0;  // these two are valid in the piece with first_vcn 0
  std::uint64_t initialized_bytes = 0;
  std::span<const std::byte> mapping;  // run list, see ntfs_runs.h
};

// Walks a restored record's attributes. The record outlives it.
class NtfsAttributes {
 public:
  explicit NtfsAttributes(std::span<const std::byte> record) noexcept;
  [[nodiscard]] bool next(NtfsAttribute& attribute) noexcept;
  // After next() returned false: the walk ended at bytes that are no attribute.
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }

 private:
  std::span<const std::byte> attributes_;  // up to the used size
  std::size_t at_ = 0;
  bool damaged_ = false;
};

struct NtfsFileName {
  NtfsReference parent;
  bool dos = false;                 // the 8.3 twin of another name
  std::span<const std::byte> name;  // UTF-16LE
};
// False if `value` is no file name.
[[nodiscard]] bool parse_ntfs_file_name(std::span<const std::byte> value,
                                        NtfsFileName& name) noexcept;

// When the content of a file was last changed, from its standard information; nothing if it says
// nothing.
[[nodiscard]] std::optional<std::timespec> ntfs_modified_time(
    std::span<const std::byte> standard_information) noexcept;

struct NtfsListEntry {
  NtfsAttributeType type = NtfsAttributeType::end;
  NtfsReference holder;  // the record that holds the attribute
  bool named = false;
};
// The attribute-list entry at `at`, which moves past it. False at the end or at damage.
[[nodiscard]] bool next_ntfs_list_entry(std::span<const std::byte> list, std::size_t& at,
                                        NtfsListEntry& entry) noexcept;

}  // namespace tintype
