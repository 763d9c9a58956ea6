// The blocks of one catalog, block list or bitmap, each naming the next one.
#pragma once

#include <functional>
#include <span>

#include "io/shadow/vss_format.h"
#include "io/volume/volume.h"

namespace tintype {

// Reads the block at `offset` into `block` (kVssBlockBytes) if it is one of this kind and says that
// it lies there. `what` names it in messages: "the catalog of shadow copies".
[[nodiscard]] Result<VssBlockHeader> read_vss_block(const Volume& volume, std::uint64_t offset,
                                                    VssRecord record, std::string_view what,
                                                    std::span<std::byte> block);

struct VssChain {
  std::uint64_t offset = 0;  // of the first block; 0: there is none
  VssRecord record{};
  std::string_view what;         // as for read_vss_block()
  std::uint64_t blocks_max = 0;  // a longer chain is damage
};
// Calls `visit` with what follows the header of each block. Ends at the end of the chain, at the
// first error, and when a block comes by twice: that is an error too.
[[nodiscard]] Result<void> visit_vss_chain(
    const Volume& volume, const VssChain& chain,
    const std::function<Result<void>(std::span<const std::byte>)>& visit);

// "{what} of {volume} {is wrong in this way}", with what to do about it.
[[nodiscard]] tl::unexpected<Error> vss_damage(const Volume& volume, std::string_view what,
                                               std::string_view problem);

}  // namespace tintype
