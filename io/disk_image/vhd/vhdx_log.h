// The log of a VHDX that was not closed: what still has to be written into the file before it can
// be read. It is never written: whoever reads the file lays it over what he reads.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "io/disk_image/vhd/vhdx_format.h"
#include "io/volume/patch_list.h"

namespace tintype {

struct VhdxLogReplay {
  // Over the file: number 0 is `sectors`, or kZeroPatch.
  PatchList patches;
  std::vector<std::byte> sectors;
  std::uint64_t file_bytes = 0;  // what the file has to be extended to, with zeros; or less
  std::size_t entries = 0;
};

// Larger logs are refused (every program makes them 1 MiB large).
inline constexpr std::uint32_t kVhdxLogBytesMax = 64u << 20;

// Finds the newest valid sequence of entries whose log has the id `log_id`. `log` is all of it,
// whole sectors; `file_bytes` is how long the file is. Pure. The error says what is wrong with the
// log: no such sequence, a file that is shorter than it was when it was written.
[[nodiscard]] Result<VhdxLogReplay> replay_vhdx_log(std::span<const std::byte> log,
                                                    const VhdxGuid& log_id,
                                                    std::uint64_t file_bytes);

}  // namespace tintype
