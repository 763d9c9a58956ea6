#include "support/vhdx_maker.h"

#include <algorithm>
#include <stdexcept>

#include "hashing/crc32c.h"

namespace tintype::test {
namespace {

constexpr VhdxGuid kLogId = vhdx_guid("01234567-89AB-CDEF-0123-456789ABCDEF");

template <class Record>
void put(VhdxMaker::Bytes& bytes, std::uint64_t offset, const Record& record) {
  if (offset + sizeof record > bytes.size()) bytes.resize(offset + sizeof record);
  std::memcpy(bytes.data() + offset, &record, sizeof record);
}

template <std::size_t kSize>
void sign(char (&signature)[kSize], std::string_view text) {
  std::ranges::copy(text, signature);
}

void put_sum(VhdxMaker::Bytes& bytes, std::uint64_t offset, std::size_t length) {
  const le32 sum = crc32c_without(std::span(bytes).subspan(offset, length), 4);
  std::memcpy(bytes.data() + offset + 4, &sum, sizeof sum);
}

VhdxMaker::Bytes utf16(const std::string& text) {
  VhdxMaker::Bytes bytes;
  for (const char c : text) {
    bytes.push_back(static_cast<std::byte>(c));
    bytes.push_back(std::byte{0});
  }
  return bytes;
}

std::string text_of(const VhdxGuid& id) {
  static constexpr std::size_t kOrder[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  std::string text = "{";
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += "0123456789abcdef"[id[kOrder[i]] >> 4];
    text += "0123456789abcdef"[id[kOrder[i]] & 15];
  }
  return text + "}";
}

VhdxMaker::Bytes locator(const VhdxGuid& parent, std::map<std::string, std::string> values) {
  values["parent_linkage"] = text_of(parent);
  VhdxMaker::Bytes item;
  put(item, 0, VhdxLocator{kVhdxLocatorType, 0, static_cast<std::uint16_t>(values.size())});
  std::uint64_t at = sizeof(VhdxLocator);
  item.resize(at + values.size() * sizeof(VhdxLocatorEntry));
  for (const auto& [key, value] : values) {
    const auto name = utf16(key), text = utf16(value);
    const auto begin = static_cast<std::uint32_t>(item.size());
    put(item, at,
        VhdxLocatorEntry{begin, static_cast<std::uint32_t>(begin + name.size()),
                         static_cast<std::uint16_t>(name.size()),
                         static_cast<std::uint16_t>(text.size())});
    item.insert(item.end(), name.begin(), name.end());
    item.insert(item.end(), text.begin(), text.end());
    at += sizeof(VhdxLocatorEntry);
  }
  return item;
}

}  // namespace

VhdxMaker::VhdxMaker(Options options) : options_(std::move(options)) {
  file.resize(kTableOffset + (1 << 20));
  std::memcpy(file.data(), kVhdxSignature.data(), kVhdxSignature.size());
  VhdxHeader header{};
  sign(header.signature, "head");
  header.data_write_id = options_.id;
  header.version = 1;
  header.log_bytes = static_cast<std::uint32_t>(kLogBytes);
  header.log_offset = kLogOffset;
  for (std::uint32_t i = 0; i < 2; ++i) {
    header.sequence = 7 + i;
    put(file, kVhdxHeaderOffsets[i], header);
  }
  VhdxRegionTable table{};
  sign(table.signature, "regi");
  table.entries = 2;
  for (const std::uint64_t at : kVhdxRegionTableOffsets) {
    put(file, at, table);
    put(file, at + sizeof table, VhdxRegion{kVhdxBlockTable, kTableOffset, 1 << 20, 1});
    put(file, at + sizeof table + sizeof(VhdxRegion),
        VhdxRegion{kVhdxMetadata, kMetadataOffset, 1 << 20, 1});
  }
  put_metadata();
  seal();
}

void VhdxMaker::put_metadata() {
  std::map<VhdxGuid, Bytes> items;
  const auto add = [&](const VhdxGuid& id, const auto& record) { put(items[id], 0, record); };
  add(kVhdxFileParameters,
      VhdxFileParameters{options_.block_bytes, options_.parent ? kVhdxHasParent : 0});
  add(kVhdxDiskBytes, le64(options_.disk_bytes));
  add(kVhdxDiskId, VhdxGuid{1, 2, 3});
  add(kVhdxSectorBytes, le32(options_.sector_bytes));
  add(kVhdxPhysicalSector, le32(4096));
  if (options_.parent) items[kVhdxParentLocator] = locator(*options_.parent, options_.parent_paths);
  VhdxMetadataTable table{};
  sign(table.signature, "metadata");
  table.entries = static_cast<std::uint16_t>(items.size());
  put(file, kMetadataOffset, table);
  std::uint64_t at = kMetadataOffset + sizeof table, place = kVhdxMetadataTableBytes;
  for (const auto& [id, value] : items) {
    put(file, at,
        VhdxMetadataItem{id, static_cast<std::uint32_t>(place),
                         static_cast<std::uint32_t>(value.size()), kVhdxIsRequired, 0});
    std::ranges::copy(value, file.begin() + static_cast<std::ptrdiff_t>(kMetadataOffset + place));
    at += sizeof(VhdxMetadataItem);
    place += value.size();
  }
}

std::uint64_t VhdxMaker::chunk_blocks() const {
  return (std::uint64_t{1} << 23) * options_.sector_bytes / options_.block_bytes;
}

std::uint64_t VhdxMaker::extend(std::uint64_t bytes) {
  const std::uint64_t at = file.size();
  file.resize(at + bytes);
  return at;
}

void VhdxMaker::put_entry(std::uint64_t entry, VhdxBlock state, std::uint64_t offset) {
  put(file, kTableOffset + entry * 8, le64(offset | static_cast<std::uint64_t>(state)));
}

std::uint64_t VhdxMaker::table_entry_offset(std::uint64_t block) const {
  return kTableOffset + (block + block / chunk_blocks()) * 8;
}

std::uint64_t VhdxMaker::put_block(std::uint64_t block, std::span<const std::byte> content,
                                   VhdxBlock state) {
  const std::uint64_t at = extend(options_.block_bytes);
  std::ranges::copy(content, file.begin() + static_cast<std::ptrdiff_t>(at));
  put_entry(block + block / chunk_blocks(), state, at);
  return at;
}

void VhdxMaker::set_state(std::uint64_t block, VhdxBlock state) {
  put_entry(block + block / chunk_blocks(), state, 0);
}

void VhdxMaker::mark(std::uint64_t sector) {
  const std::uint64_t chunk = sector >> 23, inside = sector & ((1 << 23) - 1);
  if (!bitmaps_.contains(chunk)) {
    bitmaps_[chunk] = extend(1 << 20);
    put_entry(chunk * (chunk_blocks() + 1) + chunk_blocks(), VhdxBlock::present, bitmaps_[chunk]);
  }
  file[bitmaps_[chunk] + inside / 8] |= std::byte{1} << static_cast<int>(inside % 8);
}

std::uint64_t VhdxMaker::log(std::uint64_t at, std::uint64_t tail, std::uint64_t sequence,
                             const std::vector<Change>& changes, std::uint64_t flushed_bytes,
                             std::uint64_t last_bytes) {
  const std::size_t table = sizeof(VhdxLogEntry) + changes.size() * sizeof(VhdxDescriptor);
  Bytes bytes((table + 4095) / 4096 * 4096);
  VhdxLogEntry entry{};
  sign(entry.signature, "loge");
  entry.tail = static_cast<std::uint32_t>(tail);
  entry.sequence = sequence;
  entry.descriptors = static_cast<std::uint32_t>(changes.size());
  entry.log_id = kLogId;
  entry.flushed_bytes = flushed_bytes != 0 ? flushed_bytes : file.size();
  entry.last_bytes = last_bytes != 0 ? last_bytes : file.size();
  std::size_t place = sizeof entry;
  for (const Change& change : changes) {
    VhdxDescriptor descriptor{};
    sign(descriptor.signature, change.sector.empty() ? "zero" : "desc");
    descriptor.file_offset = change.file_offset;
    descriptor.sequence = sequence;
    descriptor.leading = change.zero_bytes;
    if (!change.sector.empty()) {
      std::memcpy(&descriptor.leading, change.sector.data(), 8);
      std::memcpy(&descriptor.trailing, change.sector.data() + 4092, 4);
      VhdxDataSector sector{};
      sign(sector.signature, "data");
      sector.sequence_high = static_cast<std::uint32_t>(sequence >> 32);
      sector.sequence_low = static_cast<std::uint32_t>(sequence);
      std::memcpy(sector.data, change.sector.data() + 8, sizeof sector.data);
      put(bytes, bytes.size(), sector);
    }
    put(bytes, place, descriptor);
    place += sizeof descriptor;
  }
  entry.bytes = static_cast<std::uint32_t>(bytes.size());
  put(bytes, 0, entry);
  put_sum(bytes, 0, bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) file[kLogOffset + (at + i) % kLogBytes] = bytes[i];
  return bytes.size();
}

void VhdxMaker::leave_open() {
  for (const std::uint64_t at : kVhdxHeaderOffsets)
    put(file, at + offsetof(VhdxHeader, log_id), kLogId);
  seal();
}

void VhdxMaker::seal() {
  for (const std::uint64_t at : kVhdxHeaderOffsets) put_sum(file, at, kVhdxHeaderBytes);
  for (const std::uint64_t at : kVhdxRegionTableOffsets) put_sum(file, at, kVhdxRegionTableBytes);
}

}  // namespace tintype::test
