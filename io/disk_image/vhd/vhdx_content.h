// A VHDX file as it would be if its log had been replayed into it: what the file holds, and over
// that what only its log has. The file itself stays as it is.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "io/disk_image/vhd/vhdx_log.h"
#include "io/volume/patch_list.h"

namespace tintype {

// "cannot read PATH: as a VHDX it is damaged: HOW".
[[nodiscard]] tl::unexpected<Error> vhdx_damaged(const File& file, std::string_view how);

class VhdxContent {
 public:
  VhdxContent() = default;
  VhdxContent(File file, VhdxLogReplay replay);

  [[nodiscard]] const File& file() const noexcept { return file_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  // Any range; one that goes behind the end is damage.
  [[nodiscard]] Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const;
  [[nodiscard]] std::span<const std::byte> replayed_sectors() const noexcept {
    return replay_.sectors;
  }
  // Where its bytes lie: in the file, as number `file`, or in the replayed sectors, as number
  // `sectors`. What is left out is zeros: holes, and what the file has yet to be extended by.
  [[nodiscard]] Result<PatchList> places(std::uint32_t file, std::uint32_t sectors) const;

 private:
  File file_;
  VhdxLogReplay replay_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace tintype
