#include "io/disk_image/vhd/vhdx_locator.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "hashing/utf16.h"

namespace tintype {
namespace {

// Windows has none that are longer.
constexpr std::size_t kValueBytesMax = 64 << 10;

std::string last_part(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

void add(std::vector<std::string>& paths, std::string path) {
  if (!path.empty() && !std::ranges::count(paths, path)) paths.push_back(std::move(path));
}

}  // namespace

Result<VhdxParent> parse_vhdx_locator(std::span<const std::byte> item) {
  VhdxLocator header;
  if (item.size() < sizeof header) return plain_error("it does not name its parent");
  std::memcpy(&header, item.data(), sizeof header);
  if (header.type != kVhdxLocatorType) return plain_error("its parent is no VHDX");
  std::map<std::string, std::string> values;
  for (std::size_t i = 0; i < header.entries; ++i) {
    VhdxLocatorEntry entry;
    const std::size_t at = sizeof header + i * sizeof entry;
    if (at + sizeof entry > item.size()) return plain_error("what names its parent is cut short");
    std::memcpy(&entry, item.data() + at, sizeof entry);
    const auto text = [&](std::uint64_t offset, std::size_t bytes) -> Result<std::string> {
      if (offset > item.size() || bytes > item.size() - offset || bytes > kValueBytesMax)
        return plain_error("what names its parent is cut short");
      return utf8_from_utf16(item.subspan(offset, bytes));
    };
    TINTYPE_TRY(std::string key, text(entry.key_offset, entry.key_bytes));
    TINTYPE_TRY(std::string value, text(entry.value_offset, entry.value_bytes));
    values.emplace(std::move(key), std::move(value));
  }
  VhdxParent parent;
  for (const char* key : {"parent_linkage", "parent_linkage2"})
    if (const VhdxGuid id = vhdx_guid(values[key]); id != VhdxGuid{}) parent.ids.push_back(id);
  if (parent.ids.empty()) return plain_error("it does not say which disk its parent is");
  for (const char* key : {"relative_path", "volume_path", "absolute_win32_path"})
    std::ranges::replace(values[key], '\\', '/');
  // The others begin with a volume or drive of the machine that it comes from.
  add(parent.paths, values["relative_path"]);
  for (const char* key : {"relative_path", "volume_path", "absolute_win32_path"})
    add(parent.paths, last_part(values[key]));
  if (parent.paths.empty()) return plain_error("it does not name its parent");
  return parent;
}

}  // namespace tintype
