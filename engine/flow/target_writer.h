// The target of a copy or a restore: chunks written at their own offsets, zeros made the cheapest
// way the target allows, and everything written read back.
#pragma once

#include <deque>

#include "engine/pipeline/block_flow.h"
#include "hashing/xxh3.h"

namespace tintype {

class TargetWriter {
 public:
  // `reads_as_zeros`: a new, sparse file, where zeros need no writing.
  TargetWriter(const File& target, bool reads_as_zeros, bool read_back)
      : target_(target), reads_as_zeros_(reads_as_zeros), read_back_(read_back) {}

  // Makes a range zero. On a new file there is nothing to do.
  [[nodiscard]] Result<void> zero(Extent range) const;
  // The write of a chunk; `buffer` is long enough to round the chunk up to whole sectors, and what
  // is behind the chunk in it is zeroed.
  [[nodiscard]] Block::Write write(Extent range, std::span<std::byte> buffer) const;

  // A chunk with this digest is on the medium.
  void written(Extent range, const Digest128& digest);

  // The read-back lane of the flow that owns this.
  [[nodiscard]] bool reads_back() const noexcept { return read_back_; }
  [[nodiscard]] std::unique_ptr<Block> make_read_back_block() const;
  [[nodiscard]] bool next_read_back(Block& block);
  static void process_read_back(Block& block) noexcept;
  [[nodiscard]] Result<void> finish_read_back(const Block& block) const;

 private:
  struct Written {
    Extent range;
    Digest128 digest;
  };
  const File& target_;
  bool reads_as_zeros_;
  bool read_back_;
  std::deque<Written> to_read_back_;
};

}  // namespace tintype
