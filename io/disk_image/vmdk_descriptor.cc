#include "io/disk_image/vmdk_descriptor.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace tintype {
namespace {

constexpr std::string_view kNoParent = "ffffffff";
constexpr std::string_view kBlanks = " \t\r\v\f";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// What stands between the first quote and the next one, or the end of the line.
std::string_view quoted(std::string_view text) {
  const auto begin = text.find('"');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin + 1, text.find('"', begin + 1) - begin - 1);
}

// RW 4192256 SPARSE "disk-s001.vmdk"
// RW 8388608 FLAT "disk-flat.vmdk" 0
VmdkDescriptor::Extent extent_of(std::string_view line) {
  VmdkDescriptor::Extent extent;
  extent.name = quoted(line);
  const auto open = line.find('"'), close = line.find('"', open + 1);
  std::istringstream before{std::string(line.substr(0, open))};
  std::string access;
  before >> access >> extent.sectors >> extent.type;
  if (close != std::string_view::npos)
    std::istringstream(std::string(line.substr(close + 1))) >> extent.offset;
  return extent;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_word(std::string_view text, std::string_view word) {
  return lower(text) == lower(word);
}

}  // namespace

VmdkDescriptor parse_vmdk_descriptor(std::string_view text) {
  VmdkDescriptor descriptor;
  std::string hint;
  descriptor.parent_id = kNoParent;
  text = text.substr(0, text.find('\0'));
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with('#')) continue;
    const auto equals = line.find('='), quote = line.find('"');
    if (equals < quote) {  // key=value; with neither, both are npos
      const std::string_view key = trimmed(line.substr(0, equals));
      if (is_word(key, "CID")) descriptor.id = lower(trimmed(line.substr(equals + 1)));
      if (is_word(key, "parentCID")) descriptor.parent_id = lower(trimmed(line.substr(equals + 1)));
      if (is_word(key, "parentFileNameHint")) hint = quoted(line);
    } else if (quote != std::string_view::npos) {
      descriptor.extents.push_back(extent_of(line));
    }
  }
  if (descriptor.parent_id == kNoParent)
    descriptor.parent_id.clear();
  else
    descriptor.parent = hint;
  return descriptor;
}

}  // namespace tintype
