#include "io/disk_image/vhd/vhdx_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include "hashing/counted.h"
#include "hashing/crc32c.h"
#include "io/disk_image/vhd/vhdx_locator.h"

namespace tintype {
namespace {

constexpr std::uint64_t kDiskBytesMax = std::uint64_t{64} << 40;
constexpr std::uint32_t kBlockBytesMin = 1 << 20, kBlockBytesMax = 256 << 20;

tl::unexpected<Error> unknown(const File& file, std::string_view what, const VhdxGuid& id) {
  std::string name;
  for (const std::uint8_t byte : id) name += fmt::format("{:02x}", byte);
  return plain_error(fmt::format("cannot read {}: it says that who does not know its {} {} cannot "
                                 "read it rightly, and Tintype does not",
                                 file.path(), what, name),
                     "convert it where it was made");
}

template <class Record>
Record record_at(std::span<const std::byte> bytes, std::size_t offset) {
  Record record;
  std::memcpy(&record, bytes.data() + offset, sizeof record);
  return record;
}

std::string_view text_of(std::span<const char> signature) {
  return {signature.data(), signature.size()};
}

std::optional<VhdxHeader> header_at(const File& file, std::uint64_t offset) {
  std::vector<std::byte> bytes(kVhdxHeaderBytes);
  const auto got = file.read_at(offset, bytes);
  if (!got || *got < bytes.size()) return std::nullopt;
  const auto header = record_at<VhdxHeader>(bytes, 0);
  if (text_of(header.signature) != "head" ||
      crc32c_without(bytes, offsetof(VhdxHeader, checksum)) != header.checksum)
    return std::nullopt;
  return header;
}

Result<VhdxHeader> current_header(const File& file, std::vector<std::string>& remarks) {
  const auto first = header_at(file, kVhdxHeaderOffsets[0]);
  const auto second = header_at(file, kVhdxHeaderOffsets[1]);
  if (!first && !second) return vhdx_damaged(file, "its headers are");
  if (first && second && first->sequence == second->sequence &&
      std::memcmp(&*first, &*second, sizeof *first) != 0)
    return vhdx_damaged(file, "its headers contradict each other");
  if (!first || !second)
    remarks.push_back(fmt::format("its {} header is damaged, the other one was used",
                                  first ? "second" : "first"));
  const bool is_first = first && (!second || first->sequence >= second->sequence);
  const VhdxHeader header = is_first ? *first : *second;
  if (header.version != 1)
    return plain_error(fmt::format("cannot read {}: it is a VHDX of version {}", file.path(),
                                   header.version.value()),
                       "convert it where it was made");
  return header;
}

// Its log, if it was not closed.
Result<VhdxLogReplay> replay(const File& file, const VhdxHeader& header,
                             std::vector<std::string>& remarks) {
  VhdxLogReplay replay;
  if (header.log_id == VhdxGuid{}) return replay;
  constexpr const char* kHint =
      "look for another copy of it, one that was made when its machine was off";
  const auto refuse = [&](std::string_view why) {
    return plain_error(fmt::format("cannot read {}: it was not closed, and its log cannot be "
                                   "replayed: {}",
                                   file.path(), why),
                       kHint);
  };
  if (header.log_version != 0)
    return refuse(fmt::format("it has version {}", header.log_version.value()));
  const std::uint64_t offset = header.log_offset, bytes = header.log_bytes;
  if (offset < kVhdxUnitBytes || offset % kVhdxUnitBytes != 0 || bytes % kVhdxUnitBytes != 0 ||
      bytes == 0)
    return vhdx_damaged(file, fmt::format("its log has {} bytes at offset {}", bytes, offset));
  if (bytes > kVhdxLogBytesMax)
    return refuse(fmt::format("it has {} bytes, more than {}", bytes, kVhdxLogBytesMax));
  if (offset > file.geometry().size_bytes || bytes > file.geometry().size_bytes - offset)
    return vhdx_damaged(file, "it is cut short: its log lies behind its end");
  std::vector<std::byte> log(bytes);
  TINTYPE_TRY(const std::size_t got, file.read_at(offset, log));
  if (got < log.size()) return vhdx_damaged(file, "it ends early");
  auto replayed = replay_vhdx_log(log, header.log_id, file.geometry().size_bytes);
  if (!replayed) return refuse(replayed.error().what);
  for (const PatchedVolume::Patch& patch : replayed->patches)
    if (patch.offset < kVhdxRegionTableOffsets[0] ||
        (patch.offset < offset + bytes && patch.end() > offset))
      return refuse("it would write over itself");
  remarks.push_back(
      fmt::format("it was not closed: its log ({}) is replayed in memory, the "
                  "file stays as it is",
                  counted(replayed->entries, "entry", "entries")));
  return std::move(*replayed);
}

struct Regions {
  Extent block_table, metadata;
};

std::optional<std::vector<std::byte>> region_table_at(const VhdxContent& content,
                                                      std::uint64_t offset) {
  std::vector<std::byte> bytes(kVhdxRegionTableBytes);
  if (!content.read(offset, bytes)) return std::nullopt;
  const auto table = record_at<VhdxRegionTable>(bytes, 0);
  if (text_of(table.signature) != "regi" || table.entries > kVhdxTableEntriesMax ||
      crc32c_without(bytes, offsetof(VhdxRegionTable, checksum)) != table.checksum)
    return std::nullopt;
  return bytes;
}

Result<Regions> read_regions(const VhdxContent& content, std::vector<std::string>& remarks) {
  auto bytes = region_table_at(content, kVhdxRegionTableOffsets[0]);
  if (!bytes) {
    bytes = region_table_at(content, kVhdxRegionTableOffsets[1]);
    if (!bytes) return vhdx_damaged(content.file(), "its region tables are");
    remarks.emplace_back("its first region table is damaged, the other one was used");
  }
  std::map<VhdxGuid, Extent> known;
  const std::uint32_t entries = record_at<VhdxRegionTable>(*bytes, 0).entries;
  for (std::uint32_t i = 0; i < entries; ++i) {
    const auto region =
        record_at<VhdxRegion>(*bytes, sizeof(VhdxRegionTable) + i * sizeof(VhdxRegion));
    if (region.id != kVhdxBlockTable && region.id != kVhdxMetadata) {
      if ((region.required & 1) != 0) return unknown(content.file(), "region", region.id);
      continue;
    }
    const Extent place{region.offset, region.bytes};
    if (place.offset < kVhdxUnitBytes || place.offset % kVhdxUnitBytes != 0 || place.length == 0 ||
        place.length % kVhdxUnitBytes != 0 || place.offset > content.size_bytes() ||
        place.length > content.size_bytes() - place.offset)
      return vhdx_damaged(content.file(), fmt::format("a region has {} bytes at offset {}",
                                                      place.length, place.offset));
    if (!known.emplace(region.id, place).second)
      return vhdx_damaged(content.file(), "a region is there twice");
  }
  if (known.size() != 2)
    return vhdx_damaged(content.file(), "it has no block table or no metadata");
  return Regions{known[kVhdxBlockTable], known[kVhdxMetadata]};
}

using Items = std::map<VhdxGuid, std::vector<std::byte>>;

// The items that the format knows.
Result<Items> read_items(const VhdxContent& content, const Extent& region) {
  std::vector<std::byte> bytes(kVhdxMetadataTableBytes);
  TINTYPE_CHECK(content.read(region.offset, bytes));
  const auto table = record_at<VhdxMetadataTable>(bytes, 0);
  if (text_of(table.signature) != "metadata" || table.entries > kVhdxTableEntriesMax)
    return vhdx_damaged(content.file(), "its metadata are");
  constexpr VhdxGuid kKnown[] = {kVhdxFileParameters, kVhdxDiskBytes,      kVhdxDiskId,
                                 kVhdxSectorBytes,    kVhdxPhysicalSector, kVhdxParentLocator};
  Items items;
  for (std::uint32_t i = 0; i < table.entries; ++i) {
    const auto item =
        record_at<VhdxMetadataItem>(bytes, sizeof table + i * sizeof(VhdxMetadataItem));
    if ((item.flags & kVhdxIsUser) != 0 || !std::ranges::count(kKnown, item.id)) {
      if ((item.flags & kVhdxIsRequired) != 0)
        return unknown(content.file(), "metadata item", item.id);
      continue;
    }
    if (item.bytes > kVhdxItemBytesMax || item.offset < kVhdxMetadataTableBytes ||
        item.offset > region.length || item.bytes > region.length - item.offset)
      return vhdx_damaged(content.file(), fmt::format("an item of its metadata has {} bytes at {}",
                                                      item.bytes.value(), item.offset.value()));
    std::vector<std::byte> value(item.bytes);
    TINTYPE_CHECK(content.read(region.offset + item.offset, value));
    if (!items.emplace(item.id, std::move(value)).second)
      return vhdx_damaged(content.file(), "an item of its metadata is there twice");
  }
  return items;
}

template <class Record>
Result<Record> item(const VhdxContent& content, const Items& items, const VhdxGuid& id) {
  const auto found = items.find(id);
  if (found == items.end() || found->second.size() < sizeof(Record))
    return vhdx_damaged(content.file(), "its metadata are not complete");
  return record_at<Record>(found->second, 0);
}

Result<void> read_disk(const VhdxContent& content, const Items& items, VhdxMetadata& metadata) {
  TINTYPE_TRY(const auto parameters, item<VhdxFileParameters>(content, items, kVhdxFileParameters));
  TINTYPE_TRY(const auto disk_bytes, item<Le<std::uint64_t>>(content, items, kVhdxDiskBytes));
  TINTYPE_TRY(const auto sector_bytes, item<Le<std::uint32_t>>(content, items, kVhdxSectorBytes));
  metadata.block_bytes = parameters.block_bytes;
  metadata.disk_bytes = disk_bytes;
  metadata.sector_bytes = sector_bytes;
  metadata.has_parent = (parameters.flags & kVhdxHasParent) != 0;
  if (metadata.sector_bytes != 512 && metadata.sector_bytes != 4096)
    return vhdx_damaged(content.file(),
                        fmt::format("its sectors have {} bytes", metadata.sector_bytes));
  if (!std::has_single_bit(metadata.block_bytes) || metadata.block_bytes < kBlockBytesMin ||
      metadata.block_bytes > kBlockBytesMax)
    return vhdx_damaged(content.file(),
                        fmt::format("its blocks have {} bytes", metadata.block_bytes));
  if (metadata.disk_bytes == 0 || metadata.disk_bytes % metadata.sector_bytes != 0 ||
      metadata.disk_bytes > kDiskBytesMax)
    return vhdx_damaged(content.file(), fmt::format("its disk has {} bytes", metadata.disk_bytes));
  if (!metadata.has_parent) return {};
  const auto locator = items.find(kVhdxParentLocator);
  auto parent = parse_vhdx_locator(locator == items.end() ? std::span<const std::byte>()
                                                          : std::span(locator->second));
  if (!parent) return vhdx_damaged(content.file(), parent.error().what);
  metadata.parent_ids = std::move(parent->ids);
  metadata.parent_paths = std::move(parent->paths);
  return {};
}

}  // namespace

std::uint64_t VhdxMetadata::table_entries() const noexcept {
  if (has_parent) return (blocks() + chunk_blocks() - 1) / chunk_blocks() * (chunk_blocks() + 1);
  return blocks() + (blocks() - 1) / chunk_blocks();
}

Result<VhdxOpened> open_vhdx(const std::string& path) {
  TINTYPE_TRY(File file, File::open_source(path, Caching::page_cache));
  VhdxMetadata metadata;
  TINTYPE_TRY(const VhdxHeader header, current_header(file, metadata.remarks));
  TINTYPE_TRY(VhdxLogReplay replayed, replay(file, header, metadata.remarks));
  VhdxContent content(std::move(file), std::move(replayed));
  TINTYPE_TRY(const Regions regions, read_regions(content, metadata.remarks));
  TINTYPE_TRY(const Items items, read_items(content, regions.metadata));
  metadata.data_write_id = header.data_write_id;
  TINTYPE_CHECK(read_disk(content, items, metadata));
  const std::uint64_t table_bytes = metadata.table_entries() * sizeof(std::uint64_t);
  if (table_bytes > regions.block_table.length)
    return vhdx_damaged(content.file(),
                        fmt::format("a block table of {} bytes for a disk of {}",
                                    regions.block_table.length, metadata.disk_bytes));
  metadata.block_table = {regions.block_table.offset, table_bytes};
  metadata.taken = {{0, kVhdxUnitBytes}, regions.block_table, regions.metadata};
  if (header.log_bytes > 0) metadata.taken.push_back({header.log_offset, header.log_bytes});
  return VhdxOpened{std::move(content), std::move(metadata)};
}

}  // namespace tintype
