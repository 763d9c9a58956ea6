#include "io/shadow/vss_chain.h"

#include <fmt/format.h>

#include <cstring>
#include <set>

namespace tintype {

tl::unexpected<Error> vss_damage(const Volume& volume, std::string_view what,
                                 std::string_view problem) {
  return plain_error(fmt::format("{} of {} is damaged: {}", what, volume.name(), problem),
                     "the volume itself can still be read, and perhaps another shadow copy");
}

Result<VssBlockHeader> read_vss_block(const Volume& volume, std::uint64_t offset, VssRecord record,
                                      std::string_view what, std::span<std::byte> block) {
  if (offset % 512 != 0 || offset > volume.size_bytes() ||
      volume.size_bytes() - offset < block.size())
    return vss_damage(volume, what, fmt::format("a block of it is said to lie at {}", offset));
  TINTYPE_CHECK(volume.read(offset, block));
  VssBlockHeader header;
  std::memcpy(&header, block.data(), sizeof header);
  if (header.identifier != kVssIdentifier || header.record != static_cast<std::uint32_t>(record))
    return vss_damage(volume, what, fmt::format("no block of it is at {}", offset));
  if (header.version != 1 && header.version != 2)
    return vss_damage(volume, what,
                      fmt::format("the block at {} is of version {}, which is unknown", offset,
                                  header.version.value()));
  if (header.offset != offset)
    return vss_damage(
        volume, what,
        fmt::format("the block at {} says that it lies at {}", offset, header.offset.value()));
  return header;
}

Result<void> visit_vss_chain(const Volume& volume, const VssChain& chain,
                             const std::function<Result<void>(std::span<const std::byte>)>& visit) {
  std::vector<std::byte> block(kVssBlockBytes);
  std::set<std::uint64_t> seen;
  for (std::uint64_t offset = chain.offset; offset != 0;) {
    if (!seen.insert(offset).second)
      return vss_damage(volume, chain.what, fmt::format("it comes back to {}", offset));
    if (seen.size() > chain.blocks_max)
      return vss_damage(volume, chain.what,
                        fmt::format("it has more than {} blocks", chain.blocks_max));
    TINTYPE_TRY(const VssBlockHeader header,
                read_vss_block(volume, offset, chain.record, chain.what, block));
    TINTYPE_CHECK(visit(std::span(block).subspan(sizeof header)));
    offset = header.next_offset;
  }
  return {};
}

}  // namespace tintype
