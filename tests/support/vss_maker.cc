#include "support/vss_maker.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace tintype::test {
namespace {

constexpr std::uint64_t kHour = 36'000'000'000;
constexpr std::uint64_t kFirstCreated = 130'305'261'097'363'787;  // 2013-12-03T06:35:09Z
constexpr std::size_t kCopiesInCatalogBlock = 3;

VssGuid guid(unsigned kind, std::size_t number) {
  VssGuid id{};
  id[0] = static_cast<std::byte>(number);
  id[1] = static_cast<std::byte>(number >> 8);
  id[2] = std::byte{0xAB};
  id[3] = static_cast<std::byte>(kind);
  id[15] = std::byte{0x77};
  return id;
}

class Writer {
 public:
  Writer(std::span<std::byte> volume, std::uint64_t area) : volume_(volume), area_(area) {}

  std::uint64_t next() {
    const std::uint64_t at = area_ + layout.all.size() * kVssBlockBytes;
    if (at + kVssBlockBytes > volume_.size()) throw std::runtime_error("no room for shadow copies");
    layout.all.push_back(at);
    return at;
  }

  void write(std::uint64_t offset, VssRecord record, std::uint64_t next_offset,
             std::span<const std::byte> data, std::uint64_t info_bytes = 0) {
    VssBlockHeader header{};
    header.identifier = kVssIdentifier;
    header.version = 1;
    header.record = static_cast<std::uint32_t>(record);
    header.relative_offset = offset - area_;
    header.offset = offset;
    header.next_offset = next_offset;
    header.info_bytes = info_bytes;
    const auto block = volume_.subspan(offset, kVssBlockBytes);
    std::ranges::fill(block, std::byte{0});
    std::memcpy(block.data(), &header, sizeof header);
    std::ranges::copy(data, block.begin() + sizeof header);
  }

  // The data in as many blocks as they need, in units of `unit` bytes; the first block's offset.
  std::uint64_t chain(VssRecord record, std::span<const std::byte> data, std::size_t unit,
                      std::size_t units_max) {
    const std::uint64_t first = next();
    for (std::uint64_t at = first;;) {
      const auto part = data.first(std::min(data.size(), units_max * unit));
      data = data.subspan(part.size());
      const std::uint64_t following = data.empty() ? 0 : next();
      write(at, record, following, part);
      if (following == 0) return first;
      at = following;
    }
  }

  std::uint64_t bitmap(const std::vector<bool>& bits) {
    constexpr std::size_t kDataBytes = kVssBlockBytes - sizeof(VssBlockHeader);
    std::vector<std::byte> bytes(std::max<std::size_t>((bits.size() + 7) / 8, 1));
    for (std::size_t i = 0; i < bits.size(); ++i)
      if (bits[i]) bytes[i / 8] |= std::byte{1} << (i % 8);
    return chain(VssRecord::bitmap, bytes, 1, kDataBytes);
  }

  VssLayout layout;

 private:
  std::span<std::byte> volume_;
  std::uint64_t area_;
};

template <class T>
void append(std::vector<std::byte>& bytes, const T& value, std::size_t room) {
  const std::size_t at = bytes.size();
  bytes.resize(at + room);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

VssStoreEntry write_store(Writer& writer, const VssStoreSpec& spec, std::size_t number) {
  VssStoreEntry entry{};
  entry.type = kVssEntryStore;
  entry.store_id = guid(1, number);
  entry.header_offset = writer.next();
  writer.layout.headers.push_back(entry.header_offset);
  VssStoreInfo info{};
  info.shadow_copy_id = guid(2, number);
  info.set_id = guid(3, number);
  info.attributes = 0x00420009;
  std::vector<std::byte> header;
  append(header, info, sizeof info + 4);
  const le16 no_name = 0;  // two machine names
  append(header, no_name, 2);
  append(header, no_name, 2);
  writer.write(entry.header_offset, VssRecord::store_header, 0, header, header.size());

  constexpr std::size_t kDescriptorsInBlock =
      (kVssBlockBytes - sizeof(VssBlockHeader)) / sizeof(VssBlockDescriptor);
  entry.block_list_offset =
      writer.chain(VssRecord::block_list, std::as_bytes(std::span(spec.descriptors)),
                   sizeof(VssBlockDescriptor), kDescriptorsInBlock);
  writer.layout.lists.push_back(entry.block_list_offset);
  // The range list: of no interest, but libvshadow wants one.
  const std::uint64_t ranges = writer.next();
  writer.write(ranges, static_cast<VssRecord>(5), 0, {});
  entry.range_list_offset = ranges;
  entry.bitmap_offset = writer.bitmap(spec.free_blocks);
  writer.layout.bitmaps.push_back(entry.bitmap_offset);
  if (!spec.previously_free_blocks.empty())
    entry.previous_bitmap_offset = writer.bitmap(spec.previously_free_blocks);
  writer.layout.previous_bitmaps.push_back(entry.previous_bitmap_offset);
  return entry;
}

}  // namespace

VssLayout make_vss(std::span<std::byte> volume, std::uint64_t area,
                   const std::vector<VssStoreSpec>& stores) {
  Writer writer(volume, area);
  std::vector<std::byte> entries;
  for (std::size_t i = stores.size(); i-- > 0;) {
    VssShadowCopyEntry copy{};
    copy.type = kVssEntryShadowCopy;
    copy.volume_bytes = stores[i].volume_bytes != 0 ? stores[i].volume_bytes : volume.size();
    copy.store_id = guid(1, i);
    copy.sequence = i + 1;
    copy.flags = 0x40;
    copy.created = stores[i].created != 0 ? stores[i].created : kFirstCreated + i * kHour;
    append(entries, copy, kVssCatalogEntryBytes);
    const le64 out_of_use = 1;
    append(entries, out_of_use, kVssCatalogEntryBytes);
    if (stores[i].on_this_volume)
      append(entries, write_store(writer, stores[i], i), kVssCatalogEntryBytes);
  }
  writer.layout.catalog =
      writer.chain(VssRecord::catalog, entries, kVssCatalogEntryBytes, 3 * kCopiesInCatalogBlock);
  VssVolumeHeader header{};
  header.identifier = kVssIdentifier;
  header.version = 1;
  header.record = static_cast<std::uint32_t>(VssRecord::volume_header);
  header.offset = kVssVolumeHeaderOffset;
  header.catalog_offset = writer.layout.catalog;
  std::memcpy(volume.data() + kVssVolumeHeaderOffset, &header, sizeof header);
  writer.layout.all.push_back(kVssVolumeHeaderOffset);
  return writer.layout;
}

}  // namespace tintype::test
