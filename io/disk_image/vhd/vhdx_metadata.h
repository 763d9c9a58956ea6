// From the headers of a VHDX to what its disk is like: the current header, its log laid over the
// file, the region table, the metadata. Every length is checked before it is trusted.
#pragma once

#include <string>
#include <vector>

#include "io/disk_image/vhd/vhdx_content.h"

namespace tintype {

struct VhdxMetadata {
  VhdxGuid data_write_id{};
  std::uint32_t block_bytes = 0, sector_bytes = 0;
  std::uint64_t disk_bytes = 0;
  Extent block_table;         // in the file; long enough for every block
  std::vector<Extent> taken;  // what else lies in the file, the header section first
  bool has_parent = false;
  std::vector<VhdxGuid> parent_ids;       // what the parent's data_write_id may be
  std::vector<std::string> parent_paths;  // the likeliest first; with "/"
  std::vector<std::string> remarks;       // what the user should hear

  // Of the disk.
  [[nodiscard]] std::uint64_t blocks() const noexcept {
    return (disk_bytes + block_bytes - 1) / block_bytes;
  }
  // Payload blocks to a sector bitmap.
  [[nodiscard]] std::uint64_t chunk_blocks() const noexcept {
    return (std::uint64_t{1} << 23) * sector_bytes / block_bytes;
  }
  [[nodiscard]] std::uint64_t table_entries() const noexcept;
};

struct VhdxOpened {
  VhdxContent content;
  VhdxMetadata metadata;
};

// Errors: damage, a file that is cut short, a log that cannot be replayed, a version, region or
// item that must be known and is not.
[[nodiscard]] Result<VhdxOpened> open_vhdx(const std::string& path);

}  // namespace tintype
