// Parses an image that may be damaged, cut off, or made to deceive. Pure but for the reads it asks
// for, so tests and the fuzzer run it on memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/image/image_layout.h"
#include "io/result.h"

namespace tintype::image {

// Fills `bytes` from `offset`; shorter only at the end of the file. Offset, length and memory are
// multiples of 4 KiB.
using ReadAt = std::function<Result<std::size_t>(std::uint64_t offset, std::span<std::byte> bytes)>;

struct ParsedImage {
  ImageGeometry geometry;
  std::vector<ImageRecord> records;
  ImageEpilogue epilogue;
  Digest128 content_digest;
};

// `name` is for messages. Memory follows what has been read and found right, never what a length
// claims. Not looked at: payloads, and the gaps between them (see ImageReader::expected_head).
// `seal_bytes`: of whoever is going to open its payloads; no header of version 1 tells it.
[[nodiscard]] Result<ParsedImage> parse_image(const std::string& name, std::uint64_t file_bytes,
                                              const ReadAt& read, std::uint32_t seal_bytes = 0);

// The header alone, from the file's first bytes (at least 256, if the file has them).
[[nodiscard]] Result<ImageGeometry> parse_header(const std::string& name,
                                                 std::span<const std::byte> first);

}  // namespace tintype::image
