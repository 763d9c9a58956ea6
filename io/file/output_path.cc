// The names of a volume as names below an output folder.
#include <fmt/format.h>

#include <algorithm>

#include "hashing/xxh3.h"
#include "io/file/output_tree.h"
#include "io/safe_component.h"

namespace tintype {
namespace {

constexpr std::size_t kComponentBytesMax = 255;  // NAME_MAX
constexpr std::size_t kExtensionBytesMax = 16;

// NTFS has names of 255 UTF-16 units: up to 765 bytes of UTF-8.
std::string fitting(std::string component) {
  if (component.size() <= kComponentBytesMax) return component;
  const std::size_t dot = component.rfind('.');
  std::string extension;
  if (dot != std::string::npos && component.size() - dot <= kExtensionBytesMax)
    extension = component.substr(dot);
  const std::string digest = fmt::format(
      "~{:016x}", xxh3_64(std::as_bytes(std::span(component.data(), component.size()))));
  std::size_t keep = kComponentBytesMax - digest.size() - extension.size();
  while (keep > 0 && (static_cast<unsigned char>(component[keep]) & 0xC0) == 0x80) --keep;
  return component.substr(0, keep) + digest + extension;
}

// What the unfinished files lie in, as a file system that is blind to case sees it.
bool is_reserved(std::string_view component) {
  return component.size() == kOutputAside.size() &&
         std::equal(component.begin(), component.end(), kOutputAside.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

}  // namespace

std::string output_path(std::string_view volume_path) {
  std::string path;
  while (!volume_path.empty()) {
    const std::size_t slash = std::min(volume_path.find('/'), volume_path.size());
    const std::string_view component = volume_path.substr(0, slash);
    volume_path.remove_prefix(std::min(slash + 1, volume_path.size()));
    if (component.empty()) continue;
    if (!path.empty()) path += '/';
    if (path.empty() && is_reserved(component))
      path = fmt::format("{}~", component);
    else
      path += fitting(safe_component(std::string(component)));
  }
  return path;
}

}  // namespace tintype
