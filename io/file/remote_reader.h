// Where the bytes of a File come from if it is none of this machine's: an NBD export today. The
// data path asks for reads and goes on; whoever waits for one byte waits in read_remote().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "io/result.h"

namespace tintype {

// Who hears of finished reads. Called by the reader's own thread, or from within start_read().
class ReadSink {
 public:
  // `result` as in IoCompletion: bytes, possibly fewer than asked (0 at the end), or a negative
  // std::errc.
  virtual void read_done(std::uint64_t ticket, std::int32_t result) noexcept = 0;

 protected:
  ~ReadSink() = default;
};

class RemoteReader {
 public:
  virtual ~RemoteReader() = default;

  // Thread-safe, never blocks for I/O. `bytes` and `sink` stay alive until the sink has heard of
  // the ticket, which it does exactly once and within bounded time, whatever happens to the other
  // side. Offset and length are multiples of the sector the file's geometry tells.
  virtual void start_read(std::uint64_t offset, std::span<std::byte> bytes, ReadSink& sink,
                          std::uint64_t ticket) = 0;

  // A read's negative result in words: where, why, what to do.
  [[nodiscard]] virtual Error read_error(int error_number, std::uint64_t offset) const = 0;
};

// Fills `bytes`; shorter only at the end. Blocks.
[[nodiscard]] Result<std::size_t> read_remote(RemoteReader& reader, std::uint64_t offset,
                                              std::span<std::byte> bytes);

}  // namespace tintype
