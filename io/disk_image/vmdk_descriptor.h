// The text in or beside a VMDK that names its parts and its parent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tintype {

struct VmdkDescriptor {
  struct Extent {
    std::string name;  // of a file
    std::uint64_t sectors = 0;
    std::string type;          // "SPARSE", "FLAT"…
    std::uint64_t offset = 0;  // of a flat one in its file, in sectors
    [[nodiscard]] bool is_flat() const noexcept { return type == "FLAT" || type == "VMFS"; }
  };
  std::vector<Extent> extents;
  std::string parent;  // "" if it stands alone
  // What changes with each time that a disk is written to ("CID"), and what it was of the parent
  // when this one was made; in lower case.
  std::string id, parent_id;
};

inline constexpr std::size_t kVmdkDescriptorBytesMax = 1 << 20;

// Takes any text. Strict in one direction: every quoted name that a reader of the format could take
// for a part is listed.
[[nodiscard]] VmdkDescriptor parse_vmdk_descriptor(std::string_view text);

}  // namespace tintype
