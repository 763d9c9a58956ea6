// The text in or beside a VMDK that names its parts and its parent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tintype {

struct VmdkDescriptor {
  std::vector<std::string> extents;  // names of files
  std::string parent;                // "" if it stands alone
};

inline constexpr std::size_t kVmdkDescriptorBytesMax = 1 << 20;

// Takes any text. Strict in one direction: every quoted name that a reader of the format could take
// for a part is listed.
[[nodiscard]] VmdkDescriptor parse_vmdk_descriptor(std::string_view text);

}  // namespace tintype
