// A block-addressable source, read-only: a raw file or device, several end to end, a shadow copy;
// disk images and partitions come with the same shape.
//
// The data path does not call read(): it asks map() where bytes lie and submits its own
// overlapped reads. read() is for the readers of metadata.
#pragma once

#include <functional>

#include "io/extent.h"
#include "io/file/file.h"

namespace tintype {

class Volume {
 public:
  // A piece of a mapped range. `file` is null for a piece that reads as zeros.
  struct Piece {
    const File* file = nullptr;
    std::uint64_t file_offset = 0;
    std::uint64_t length = 0;
    // The same bytes through the page cache, which takes any offset and length: for what does not
    // fit `file`'s sectors. Null if no piece of this volume is ever unaligned.
    const File* cached = nullptr;
  };

  virtual ~Volume() = default;
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;  // for messages
  [[nodiscard]] virtual std::uint64_t size_bytes() const noexcept = 0;
  [[nodiscard]] virtual std::uint32_t sector_bytes() const noexcept = 0;

  // Calls `piece` for each part of the range, in order; together they cover it.
  virtual void map(Extent range, const std::function<void(const Piece&)>& piece) const = 0;

  // Any offset and length inside the volume; through the page cache. Thread-safe.
  [[nodiscard]] virtual Result<void> read(std::uint64_t offset,
                                          std::span<std::byte> bytes) const = 0;

  // These ranges will be read by read(): a hint, to wait for all of them once and not for each.
  void will_read(const ExtentList& ranges) const;

  // Ranges that may hold data; everything else reads as zeros. Normalized.
  [[nodiscard]] virtual Result<ExtentList> data_extents() const = 0;
};

}  // namespace tintype
