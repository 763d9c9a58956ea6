#include "io/partition/gpt.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "hashing/crc32.h"

namespace tintype {
namespace {

std::uint32_t header_crc(std::span<const std::byte> sector, std::uint32_t header_bytes) {
  std::vector<std::byte> header(sector.begin(), sector.end());
  store_le<std::uint32_t>(header, offsetof(GptHeader, header_crc), 0);
  return crc32(std::span(header).first(header_bytes));
}

// What is wrong with a header that lies at `lba`; "" if nothing is.
std::string fault_of(const GptHeader& header, std::span<const std::byte> sector, std::uint64_t lba,
                     std::uint64_t sectors) {
  if (std::memcmp(header.signature, kGptSignature, sizeof kGptSignature) != 0)
    return "it is not there";
  if (header.header_bytes < sizeof(GptHeader) || header.header_bytes > sector.size())
    return fmt::format("a header of {} bytes is not possible", header.header_bytes.value());
  if (header_crc(sector, header.header_bytes) != header.header_crc) return "its checksum is wrong";
  if (header.my_lba != lba)
    return fmt::format("it claims to lie in sector {}", header.my_lba.value());
  if (header.entry_bytes < sizeof(GptEntry) || header.entry_bytes > kGptEntryBytesMax ||
      !std::has_single_bit(header.entry_bytes.value()))
    return fmt::format("entries of {} bytes are not possible", header.entry_bytes.value());
  if (header.entry_count == 0 || header.entry_count > kGptEntriesMax)
    return fmt::format("it has {} entries, and not from 1 to {}", header.entry_count.value(),
                       kGptEntriesMax);
  const std::uint64_t bytes = std::uint64_t{header.entry_count} * header.entry_bytes;
  const std::uint64_t entry_sectors = (bytes + sector.size() - 1) / sector.size();
  if (header.entries_lba < 2 || header.entries_lba >= sectors ||
      entry_sectors > sectors - header.entries_lba)
    return fmt::format("its entries would lie outside the disk, at sector {}",
                       header.entries_lba.value());
  if (header.first_usable_lba > header.last_usable_lba || header.last_usable_lba >= sectors)
    return fmt::format("it uses sectors {} to {} of {}", header.first_usable_lba.value(),
                       header.last_usable_lba.value(), sectors);
  return {};
}

}  // namespace

std::string to_string(const GptGuid& guid) {
  const std::span<const std::byte> bytes(guid);
  std::string text =
      fmt::format("{:08X}-{:04X}-{:04X}-", load_le<std::uint32_t>(bytes, 0),
                  load_le<std::uint16_t>(bytes, 4), load_le<std::uint16_t>(bytes, 6));
  for (std::size_t i = 8; i < guid.size(); ++i) {
    if (i == 10) text += '-';
    text += fmt::format("{:02X}", static_cast<unsigned>(guid[i]));
  }
  return text;
}

GptEntry GptCopy::entry(std::uint32_t index) const noexcept {
  GptEntry entry;
  std::memcpy(&entry, entries.data() + std::size_t{index} * header.entry_bytes, sizeof entry);
  return entry;
}

Result<GptCopy> read_gpt_copy(const Volume& disk, std::uint32_t sector_bytes, std::uint64_t lba) {
  const std::uint64_t sectors = disk.size_bytes() / sector_bytes;
  if (lba >= sectors) return plain_error("it would lie behind the end of the disk");
  GptCopy copy;
  copy.sector.resize(sector_bytes);
  TINTYPE_CHECK(disk.read(lba * sector_bytes, copy.sector));
  std::memcpy(&copy.header, copy.sector.data(), sizeof copy.header);
  if (std::string fault = fault_of(copy.header, copy.sector, lba, sectors); !fault.empty())
    return plain_error(std::move(fault));
  copy.entries.resize(std::size_t{copy.header.entry_count} * copy.header.entry_bytes);
  TINTYPE_CHECK(disk.read(copy.header.entries_lba * sector_bytes, copy.entries));
  if (crc32(copy.entries) != copy.header.entries_crc)
    return plain_error("the checksum of its entries is wrong");
  return copy;
}

void seal_gpt_copy(GptCopy& copy) {
  copy.header.entries_crc = crc32(copy.entries);
  std::memcpy(copy.sector.data(), &copy.header, sizeof copy.header);
  copy.header.header_crc = header_crc(copy.sector, copy.header.header_bytes);
  std::memcpy(copy.sector.data(), &copy.header, sizeof copy.header);
}

}  // namespace tintype
