// Changes single fields of a small NTFS volume in memory, whose file table is in one piece.
#pragma once

#include <cstring>
#include <functional>
#include <stdexcept>

#include "hashing/endian.h"
#include "io/filesystem/ntfs/ntfs_records.h"
#include "support/expect_ok.h"
#include "support/memory_volume.h"

namespace tintype::test {

class NtfsEditor {
 public:
  explicit NtfsEditor(MemoryVolume& volume)
      : volume_(volume),
        geometry_(must(parse_ntfs_boot(std::span(volume.bytes).first(512), volume.bytes.size()))) {}

  [[nodiscard]] std::uint64_t offset_of(std::uint64_t number) const {
    return geometry_.mft_cluster * geometry_.cluster_bytes + number * geometry_.record_bytes;
  }
  [[nodiscard]] std::span<std::byte> raw(std::uint64_t number) const {
    return std::span(volume_.bytes).subspan(offset_of(number), geometry_.record_bytes);
  }
  // Hands out the restored record, and protects it again.
  void edit(std::uint64_t number, const std::function<void(std::span<std::byte>)>& change) const {
    const std::span<std::byte> record = raw(number);
    if (restore_ntfs_record(record) != NtfsRecordState::sound)
      throw std::runtime_error("no sound record");
    change(record);
    const std::size_t array = load_le<std::uint16_t>(record, 4);
    for (std::size_t i = 1; i <= record.size() / 512; ++i) {
      std::byte* tail = record.data() + i * 512 - 2;
      std::memcpy(record.data() + array + 2 * i, tail, 2);
      std::memcpy(tail, record.data() + array, 2);
    }
  }
  // Where the first attribute of a type begins in a restored record.
  [[nodiscard]] static std::size_t find(std::span<const std::byte> record, std::uint32_t type) {
    for (std::size_t at = load_le<std::uint16_t>(record, 0x14);;) {
      const auto found = load_le<std::uint32_t>(record, at);
      if (found == type) return at;
      if (found == 0xFFFFFFFF) throw std::runtime_error("no such attribute");
      at += load_le<std::uint32_t>(record, at + 4);
    }
  }

 private:
  MemoryVolume& volume_;
  NtfsGeometry geometry_;
};

}  // namespace tintype::test
