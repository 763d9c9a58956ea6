#include "io/disk_image/vhd/vhd_format.h"

#include <cstring>

namespace tintype {
namespace {

// The sum of all bytes but those of the sum itself, inverted.
template <class Record>
std::uint32_t checksum_of(Record record) noexcept {
  record.checksum = 0;
  unsigned char bytes[sizeof record];
  std::memcpy(bytes, &record, sizeof record);
  std::uint32_t sum = 0;
  for (const unsigned char byte : bytes) sum += byte;
  return ~sum;
}

}  // namespace

std::size_t vhd_footer_bytes(std::span<const std::byte> tail) noexcept {
  if (tail.size() < kVhdShortFooterBytes) return sizeof(VhdFooter);
  VhdFooter footer{};
  std::memcpy(&footer, tail.last(kVhdShortFooterBytes).data(), kVhdShortFooterBytes);
  return is_sound(footer) ? kVhdShortFooterBytes : sizeof(VhdFooter);
}

VhdFooter vhd_footer_of(std::span<const std::byte> tail) noexcept {
  VhdFooter footer{};
  if (const std::size_t bytes = vhd_footer_bytes(tail); bytes <= tail.size())
    std::memcpy(&footer, tail.last(bytes).data(), bytes);
  return footer;
}

bool has_cookie(const VhdFooter& footer) noexcept {
  return std::string_view(footer.cookie, sizeof footer.cookie) == kVhdCookie;
}

bool is_sound(const VhdFooter& footer) noexcept {
  return has_cookie(footer) && footer.checksum == checksum_of(footer);
}

bool is_sound(const VhdHeader& header) noexcept {
  if (std::string_view(header.cookie, sizeof header.cookie) != kVhdHeaderCookie) return false;
  if (header.checksum == checksum_of(header)) return true;
  VhdHeader orphan = header;
  std::memset(orphan.parent_id, 0, sizeof orphan.parent_id);
  orphan.parent_timestamp = 0;
  std::memset(orphan.parent_name, 0, sizeof orphan.parent_name);
  std::memset(orphan.locators, 0, sizeof orphan.locators);
  return header.checksum == checksum_of(orphan);
}

}  // namespace tintype
