#include "io/disk_image/qcow2_header.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/endian.h"

namespace tintype {
namespace {

constexpr std::uint64_t kDirty = 1 << 0, kCorrupt = 1 << 1, kExternalData = 1 << 2;
constexpr std::uint32_t kExtensionEnd = 0, kExtensionBackingFormat = 0xE2792ACA;
constexpr std::size_t kNameBytesMax = 1023;  // by the format's description
constexpr unsigned kClusterBitsMin = 9, kClusterBitsMax = 21;

template <class T>
T load_be(std::span<const std::byte> bytes, std::size_t offset) {
  Be<T> value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<Qcow2Header> parse_qcow2_header(std::span<const std::byte> bytes) {
  if (bytes.size() < 104) return plain_error("its header is cut short");
  const auto version = load_be<std::uint32_t>(bytes, 4);
  if (version != 2 && version != 3) return plain_error(fmt::format("its version is {}", version));
  const auto cluster_bits = load_be<std::uint32_t>(bytes, 20);
  if (cluster_bits < kClusterBitsMin || cluster_bits > kClusterBitsMax)
    return plain_error(fmt::format("its clusters have 2^{} bytes", cluster_bits));

  Qcow2Header header;
  header.encrypted = load_be<std::uint32_t>(bytes, 32) != 0;
  std::size_t at = 72;
  if (version == 3) {
    const auto features = load_be<std::uint64_t>(bytes, 72);  // that a reader must know
    header.external_data = (features & kExternalData) != 0;
    header.dirty = (features & kDirty) != 0;
    header.corrupt = (features & kCorrupt) != 0;
    at = load_be<std::uint32_t>(bytes, 100);
    if (at < 104 || at > bytes.size())
      return plain_error(fmt::format("its header claims {} bytes", at));
  }
  // Everything of the header lies in the first cluster.
  const std::size_t cluster_bytes = std::size_t{1} << cluster_bits;
  const auto first = bytes.first(std::min(bytes.size(), cluster_bytes));
  std::size_t end = first.size();
  if (const auto name_offset = load_be<std::uint64_t>(bytes, 8); name_offset != 0) {
    const std::size_t name_bytes = load_be<std::uint32_t>(bytes, 16);
    if (name_offset > first.size() || name_bytes > first.size() - name_offset || name_bytes == 0 ||
        name_bytes > kNameBytesMax)
      return plain_error("the name of its backing file lies outside the header");
    header.backing_name = text(first.subspan(name_offset, name_bytes));
    end = name_offset;
  }
  while (at + 8 <= end) {
    const auto type = load_be<std::uint32_t>(first, at);
    const std::size_t length = load_be<std::uint32_t>(first, at + 4);
    if (type == kExtensionEnd) break;
    at += 8;
    if (length > end - at)
      return plain_error("an extension of its header is longer than the header");
    if (type == kExtensionBackingFormat) header.backing_format = text(first.subspan(at, length));
    at += (length + 7) / 8 * 8;
  }
  return header;
}

}  // namespace tintype
