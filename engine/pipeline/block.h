// Block: the one value that travels through a pass. It has a buffer for the whole pass and is used
// again and again; what a flow needs to remember of it stands in a class derived from it.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "io/extent.h"
#include "io/file/file.h"

namespace tintype {

struct Block {
  // One read into the buffer. `length` is what is needed; the request itself is rounded up
  // to the file's unit, so there is room behind the last one.
  struct Read {
    const File* file = nullptr;
    std::uint64_t file_offset = 0;    // aligned to the file's sector size under direct I/O
    std::uint32_t buffer_offset = 0;  // aligned alike
    std::uint32_t length = 0;

    // What requests of a file are multiples of, and the least that can be unreadable alone. (The
    // page cache takes anything, and reads of it are parts of sectors that a device may have.)
    [[nodiscard]] static std::uint32_t unit_of(const File& file) noexcept {
      return file.geometry().direct ? file.geometry().sector_bytes : 512;
    }
  };
  struct Write {
    const File* file = nullptr;  // null: nothing to write
    std::uint64_t file_offset = 0;
    std::span<std::byte> bytes;
  };
  // Part of the buffer that the medium did not give; it holds zeros.
  struct Hole {
    std::uint32_t buffer_offset = 0;
    std::uint32_t length = 0;
  };

  virtual ~Block() = default;
  // Forgets what it carried: the next block of the sequence goes in it.
  void begin(std::uint64_t number) noexcept {
    sequence = number;
    reads.clear();
    unreadable.clear();
    write = {};
    more_writes.clear();
    placed_bytes = 0;
  }

  std::span<std::byte> buffer;
  // As large; lent to process() alone, if the flow asks for it. What was made in it stays with the
  // block if the two are exchanged.
  std::span<std::byte> spare;
  void keep_spare() noexcept { std::swap(buffer, spare); }

  std::uint64_t sequence = 0;
  std::vector<Read> reads;
  std::vector<Hole> unreadable;  // sorted when reading is over
  Write write;
  std::vector<Write> more_writes;  // besides `write`: a chunk that goes to several places
  // What place() has written by itself, small pieces of files: paid for and counted like a write.
  std::uint32_t placed_bytes = 0;

  // The runner's own.
  std::uint32_t operations_pending = 0;
  bool read_back = false;
};

}  // namespace tintype
