#include "io/volume/block_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tintype {
namespace {

Result<void> whole(const File& file, std::uint64_t offset, Result<std::size_t> got,
                   std::size_t wanted) {
  if (!got) return tl::unexpected(std::move(got).error());
  if (*got < wanted)
    return plain_error(
        fmt::format("cannot read {} at offset {}: it ends early", file.path(), offset + *got));
  return {};
}

}  // namespace

Result<void> BlockCache::read(std::uint64_t offset, std::span<std::byte> bytes) {
  const std::uint64_t size_bytes = file_.geometry().size_bytes;
  // Offsets come from the volume's own metadata, which may be damaged: no invariant.
  if (offset > size_bytes || bytes.size() > size_bytes - offset)
    return plain_error(fmt::format("cannot read {} bytes at offset {} of {}: it has only {}",
                                   bytes.size(), offset, file_.path(), size_bytes));
  const std::lock_guard lock(mutex_);
  std::uint64_t settled = 0;  // below it, runs have been asked for
  while (!bytes.empty()) {
    const std::uint64_t number = offset / kBlockBytes;
    if (number >= settled) settled = fetch_run(number, (offset + bytes.size() - 1) / kBlockBytes);
    const std::size_t inside = offset % kBlockBytes;
    const std::size_t count = std::min(bytes.size(), kBlockBytes - inside);
    if (const auto block = fetch(number); block) {
      std::memcpy(bytes.data(), (*block)->bytes.data() + inside, count);
    } else {
      TINTYPE_CHECK(read_around(offset, bytes.first(count)));
    }
    offset += count;
    bytes = bytes.subspan(count);
  }
  return {};
}

bool BlockCache::holds(std::uint64_t number) const {
  return std::ranges::find(blocks_, number, &Block::number) != blocks_.end();
}

// From `first` on, what is missing side by side comes with one question; who asks for two MiB does
// not wait for sixteen answers. Returns where the run ends. Nothing is said of a failure, for
// fetch() then asks for each block by itself.
std::uint64_t BlockCache::fetch_run(std::uint64_t first, std::uint64_t last) {
  std::uint64_t end = first;
  while (end <= last && end - first < kBlocksAtOnce && !holds(end)) ++end;
  if (end - first < 2) return first + 1;
  const std::uint64_t offset = first * kBlockBytes;
  std::vector<std::byte> run(static_cast<std::size_t>(
      std::min<std::uint64_t>((end - first) * kBlockBytes, file_.geometry().size_bytes - offset)));
  if (!whole(file_, offset, file_.read_at(offset, run), run.size())) return end;
  std::span<const std::byte> left = run;
  for (std::uint64_t number = first; number < end; ++number) {
    const auto bytes = left.first(std::min(left.size(), kBlockBytes));
    add({.number = number, .bytes = {bytes.begin(), bytes.end()}});
    left = left.subspan(bytes.size());
  }
  return end;
}

Result<const BlockCache::Block*> BlockCache::fetch(std::uint64_t number) {
  const auto known = std::ranges::find(blocks_, number, &Block::number);
  if (known != blocks_.end()) {
    blocks_.splice(blocks_.begin(), blocks_, known);
    return &blocks_.front();
  }
  const std::uint64_t offset = number * kBlockBytes;
  Block block{.number = number,
              .bytes = std::vector<std::byte>(static_cast<std::size_t>(
                  std::min<std::uint64_t>(kBlockBytes, file_.geometry().size_bytes - offset)))};
  TINTYPE_CHECK(whole(file_, offset, file_.read_at(offset, block.bytes), block.bytes.size()));
  add(std::move(block));
  return &blocks_.front();
}

void BlockCache::add(Block block) {
  if (blocks_.size() == kBlocksMax) blocks_.pop_back();
  blocks_.push_front(std::move(block));
}

// Some sector of the block is bad: only the sectors in question, then.
Result<void> BlockCache::read_around(std::uint64_t offset, std::span<std::byte> bytes) const {
  const std::uint64_t sector = file_.geometry().sector_bytes;
  const std::uint64_t from = offset / sector * sector;
  const std::uint64_t to =
      std::min((offset + bytes.size() + sector - 1) / sector * sector, file_.geometry().size_bytes);
  std::vector<std::byte> sectors(static_cast<std::size_t>(to - from));
  TINTYPE_CHECK(whole(file_, from, file_.read_at(from, sectors), sectors.size()));
  std::memcpy(bytes.data(), sectors.data() + (offset - from), bytes.size());
  return {};
}

}  // namespace tintype
