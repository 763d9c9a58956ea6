#include "io/filesystem/ntfs/ntfs_records.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <limits>

#include "hashing/endian.h"

namespace tintype {
namespace {

constexpr std::size_t kStrideBytes = 512;  // of the update sequence, whatever the sector size
constexpr std::uint32_t kClusterBytesMax = 2u << 20;
constexpr std::uint64_t kSizeMax = std::numeric_limits<std::int64_t>::max();

tl::unexpected<Error> bad_boot(std::string what) {
  return plain_error("the NTFS boot sector is damaged: " + std::move(what),
                     "chkdsk repairs it from the copy in the volume's last sector");
}

// A count that is either direct or, with the sign bit, an exponent: -10 means 2^10.
std::uint64_t count_or_shift(std::uint8_t raw, std::uint64_t unit) noexcept {
  if (raw < 0x80) return raw * unit;
  const unsigned shift = 0x100u - raw;
  return shift < 32 ? std::uint64_t{1} << shift : 0;
}

}  // namespace

Result<NtfsGeometry> parse_ntfs_boot(std::span<const std::byte> boot, std::uint64_t volume_bytes) {
  if (boot.size() < 512 || std::memcmp(boot.data() + 3, "NTFS    ", 8) != 0)
    return plain_error("the volume has no NTFS boot sector");
  NtfsGeometry geometry;
  geometry.sector_bytes = load_le<std::uint16_t>(boot, 0x0B);
  if (!std::has_single_bit(geometry.sector_bytes) || geometry.sector_bytes < 256 ||
      geometry.sector_bytes > 4096)
    return bad_boot(fmt::format("sectors of {} bytes", geometry.sector_bytes));

  // Up to 128 sectors directly; larger clusters are an exponent of two, of sectors.
  const auto raw_sectors = load_le<std::uint8_t>(boot, 0x0D);
  const std::uint64_t sectors = raw_sectors <= 0x80 ? raw_sectors : count_or_shift(raw_sectors, 0);
  const std::uint64_t cluster_bytes = sectors * geometry.sector_bytes;
  if (!std::has_single_bit(sectors) || cluster_bytes > kClusterBytesMax)
    return bad_boot(fmt::format("{} sectors a cluster", sectors));
  geometry.cluster_bytes = static_cast<std::uint32_t>(cluster_bytes);

  const std::uint64_t record_bytes =
      count_or_shift(load_le<std::uint8_t>(boot, 0x40), cluster_bytes);
  if (!std::has_single_bit(record_bytes) || record_bytes < 1024 ||
      record_bytes > kNtfsRecordBytesMax)
    return bad_boot(fmt::format("file records of {} bytes", record_bytes));
  geometry.record_bytes = static_cast<std::uint32_t>(record_bytes);

  const auto total_sectors = load_le<std::uint64_t>(boot, 0x28);
  if (total_sectors == 0 || total_sectors > kSizeMax / geometry.sector_bytes)
    return bad_boot(fmt::format("{} sectors", total_sectors));
  if (total_sectors * geometry.sector_bytes > volume_bytes)
    return plain_error(fmt::format("the NTFS file system has {} bytes, but the volume only {}",
                                   total_sectors * geometry.sector_bytes, volume_bytes),
                       "is it cut off, or part of a larger volume?");
  geometry.total_clusters = total_sectors / sectors;

  geometry.mft_cluster = load_le<std::uint64_t>(boot, 0x30);
  if (geometry.mft_cluster == 0 || geometry.mft_cluster >= geometry.total_clusters)
    return bad_boot(
        fmt::format("$MFT at cluster {} of {}", geometry.mft_cluster, geometry.total_clusters));
  return geometry;
}

NtfsRecordState restore_ntfs_record(std::span<std::byte> record) noexcept {
  if (record.size() < 1024 || std::memcmp(record.data(), "FILE", 4) != 0)
    return NtfsRecordState::no_record;
  const std::size_t array = load_le<std::uint16_t>(record, 4);
  const std::size_t count = load_le<std::uint16_t>(record, 6);
  const std::size_t strides = record.size() / kStrideBytes;
  // The array ends before the first place it protects, and holds one entry for each, and the
  // number that stands in their place.
  if (array % 2 != 0 || array < 0x28 || count != strides + 1 ||
      array + count * 2 > kStrideBytes - 2)
    return NtfsRecordState::torn;
  const auto number = load_le<std::uint16_t>(record, array);
  auto state = NtfsRecordState::sound;
  for (std::size_t i = 0; i < strides; ++i) {
    const std::size_t tail = (i + 1) * kStrideBytes - 2;
    if (load_le<std::uint16_t>(record, tail) != number) state = NtfsRecordState::torn;
    std::memcpy(record.data() + tail, record.data() + array + 2 * (i + 1), 2);
  }
  return state;
}

NtfsRecordHeader ntfs_record_header(std::span<const std::byte> record) noexcept {
  const auto flags = load_le<std::uint16_t>(record, 0x16);
  return {.sequence = load_le<std::uint16_t>(record, 0x10),
          .in_use = (flags & 1) != 0,
          .directory = (flags & 2) != 0,
          .base = NtfsReference::from(load_le<std::uint64_t>(record, 0x20))};
}

NtfsAttributes::NtfsAttributes(std::span<const std::byte> record) noexcept {
  const std::size_t first = load_le<std::uint16_t>(record, 0x14);
  const std::size_t used = load_le<std::uint32_t>(record, 0x18);
  damaged_ = used > record.size() || first < 0x28 || first % 8 != 0 || first + 4 > used;
  if (!damaged_) attributes_ = record.subspan(first, used - first);
}

bool NtfsAttributes::next(NtfsAttribute& attribute) noexcept {
  const auto damage = [this] {
    damaged_ = true;
    return false;
  };
  if (damaged_) return false;
  const auto rest = attributes_.subspan(at_);
  if (rest.size() < 4) return damage();
  attribute = {};
  attribute.type = static_cast<NtfsAttributeType>(load_le<std::uint32_t>(rest, 0));
  if (attribute.type == NtfsAttributeType::end) return false;
  if (rest.size() < 0x18) return damage();
  const std::size_t length = load_le<std::uint32_t>(rest, 4);
  if (length < 0x18 || length % 8 != 0 || length > rest.size()) return damage();
  const auto bytes = rest.first(length);

  attribute.resident = load_le<std::uint8_t>(bytes, 8) == 0;
  const std::size_t name_bytes = load_le<std::uint8_t>(bytes, 9) * std::size_t{2};
  const std::size_t name_at = load_le<std::uint16_t>(bytes, 0x0A);
  if (name_bytes != 0 && name_at + name_bytes > length) return damage();
  if (name_bytes != 0) attribute.name = bytes.subspan(name_at, name_bytes);
  const auto flags = load_le<std::uint16_t>(bytes, 0x0C);
  attribute.compressed = (flags & 0x00FF) != 0;
  attribute.encrypted = (flags & 0x4000) != 0;

  if (attribute.resident) {
    const std::size_t value_bytes = load_le<std::uint32_t>(bytes, 0x10);
    const std::size_t value_at = load_le<std::uint16_t>(bytes, 0x14);
    if (value_at > length || value_bytes > length - value_at) return damage();
    attribute.value = bytes.subspan(value_at, value_bytes);
  } else {
    if (length < 0x40) return damage();
    attribute.first_vcn = load_le<std::uint64_t>(bytes, 0x10);
    attribute.last_vcn = load_le<std::uint64_t>(bytes, 0x18);
    attribute.data_bytes = load_le<std::uint64_t>(bytes, 0x30);
    attribute.initialized_bytes = load_le<std::uint64_t>(bytes, 0x38);
    const std::size_t mapping_at = load_le<std::uint16_t>(bytes, 0x20);
    if (mapping_at < 0x40 || mapping_at > length) return damage();
    attribute.mapping = bytes.subspan(mapping_at);
  }
  at_ += length;
  return true;
}

bool parse_ntfs_file_name(std::span<const std::byte> value, NtfsFileName& name) noexcept {
  constexpr std::size_t kFixedBytes = 0x42;
  if (value.size() < kFixedBytes) return false;
  const std::size_t name_bytes = load_le<std::uint8_t>(value, 0x40) * std::size_t{2};
  if (name_bytes == 0 || name_bytes > value.size() - kFixedBytes) return false;
  name.parent = NtfsReference::from(load_le<std::uint64_t>(value, 0));
  name.dos = load_le<std::uint8_t>(value, 0x41) == 2;  // 0 POSIX, 1 Win32, 2 DOS, 3 both
  name.name = value.subspan(kFixedBytes, name_bytes);
  return true;
}

std::optional<std::timespec> ntfs_modified_time(
    std::span<const std::byte> standard_information) noexcept {
  constexpr std::uint64_t kTicksASecond = 10'000'000;          // of 100 ns, since 1601
  constexpr std::int64_t kSecondsUpTo1970 = 11'644'473'600LL;  // from 1601
  if (standard_information.size() < 0x10) return std::nullopt;
  const auto ticks = load_le<std::uint64_t>(standard_information, 8);
  // The engine writes signed numbers; what is negative was never a time.
  if (ticks == 0 || ticks > kSizeMax) return std::nullopt;
  std::timespec time = {};
  time.tv_sec = static_cast<std::time_t>(ticks / kTicksASecond) - kSecondsUpTo1970;
  time.tv_nsec = static_cast<long>(ticks % kTicksASecond * 100);
  return time;
}

bool next_ntfs_list_entry(std::span<const std::byte> list, std::size_t& at,
                          NtfsListEntry& entry) noexcept {
  constexpr std::size_t kFixedBytes = 0x1A;
  if (list.size() - at < kFixedBytes) return false;
  const std::size_t length = load_le<std::uint16_t>(list, at + 4);
  if (length < kFixedBytes || length > list.size() - at) return false;
  entry.type = static_cast<NtfsAttributeType>(load_le<std::uint32_t>(list, at));
  entry.named = load_le<std::uint8_t>(list, at + 6) != 0;
  entry.holder = NtfsReference::from(load_le<std::uint64_t>(list, at + 0x10));
  at += length;
  return true;
}

}  // namespace tintype
