// All bytes of a volume, by each of the two ways to them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "io/aligned_buffer.h"
#include "io/volume/volume.h"
#include "support/expect_ok.h"

namespace tintype::test {

[[nodiscard]] inline std::vector<std::byte> all_of(const Volume& volume) {
  std::vector<std::byte> bytes(volume.size_bytes());
  must(volume.read(0, bytes));
  return bytes;
}

// What the data path sees: the pieces, read from their files.
[[nodiscard]] inline std::vector<std::byte> mapped(const Volume& volume) {
  std::vector<std::byte> bytes(volume.size_bytes());
  std::uint64_t at = 0;
  volume.map({0, bytes.size()}, [&](const Volume::Piece& piece) {
    if (piece.file != nullptr) {
      EXPECT_EQ(piece.file_offset % piece.file->geometry().sector_bytes, 0u);
      AlignedBuffer buffer(piece.length);
      EXPECT_EQ(must(piece.file->read_at(piece.file_offset, buffer.bytes().first(piece.length))),
                piece.length);
      std::ranges::copy(buffer.bytes().first(piece.length),
                        bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
    at += piece.length;
  });
  EXPECT_EQ(at, bytes.size());
  return bytes;
}

}  // namespace tintype::test
