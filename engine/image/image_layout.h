// Where each byte of an image goes: pure sequencing, no I/O, no threads.
//
// Chunks are placed in volume order. A placed chunk's bytes stay where they are: the layout writes
// the chunk's record and LZ4 frame header into the headroom in front of the payload, and what is
// left over after the payload's last whole 4 KiB goes to the head of the next region. Each region
// is then one aligned write.
//
//   buffer:  [ headroom 8 KiB          ][ payload, up to the chunk size ][ slack 4 KiB ]
//   region:         [tail of last | record | pad | frame header][ payload, whole 4 KiB ]
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hashing/xxh3.h"
#include "io/extent.h"

namespace tintype {

inline constexpr std::size_t kImageHeadroomBytes = 8192;
inline constexpr std::size_t kImageSlackBytes = 4096;
inline constexpr std::uint32_t kImageAlignmentBytes = 4096;

// One entry of the index: a chunk with a frame, or a run of bytes that reads as zeros.
struct ImageRecord {
  std::uint64_t volume_offset = 0;
  std::uint64_t plain_bytes = 0;     // a chunk: at most the chunk size; a run: any length
  std::uint64_t payload_offset = 0;  // in the image; 0 for a run
  // Payload with its seal, if the image has any; without: equal to plain_bytes if stored plain. 0
  // for a run.
  std::uint32_t stored_bytes = 0;
  std::uint32_t flags = 0;          // kRecord…
  Digest128 plain_digest;           // XXH3-128 of the plain bytes; zero for a run
  std::uint64_t stored_digest = 0;  // XXH3-64 of the payload as stored; zero for a run
  bool operator==(const ImageRecord&) const = default;
};
inline constexpr std::uint32_t kRecordRun = 1;          // no frame: reads as zeros
inline constexpr std::uint32_t kRecordStoredPlain = 2;  // payload is the plain bytes
inline constexpr std::uint32_t kRecordUnreadable = 4;   // has bytes the medium did not give (zeros)

struct ImageGeometry {
  std::uint64_t volume_bytes = 0;
  std::uint32_t chunk_bytes = 0;  // power of two, 64 KiB … 4 MiB
  std::uint32_t sector_bytes = 512;
  bool stock = false;            // zero runs are frames too: `lz4 -dc` is the volume
  std::uint32_t seal_bytes = 0;  // of every payload (chunk_sealer.h); none in version 1
};

// Room for the largest payload, in whole requests.
[[nodiscard]] constexpr std::size_t payload_room_bytes(const ImageGeometry& geometry) noexcept {
  const std::size_t bytes = std::size_t{geometry.chunk_bytes} + geometry.seal_bytes;
  return (bytes + kImageAlignmentBytes - 1) / kImageAlignmentBytes * kImageAlignmentBytes;
}

// What ends up behind the chunks, beside the index.
struct ImageEpilogue {
  std::string volume_name;
  std::string filesystem;   // "ntfs", "" if unknown
  bool all_blocks = false;  // free space was captured too
  ExtentList captured;      // ranges of the volume that were captured (allocated extents)
  ExtentList unreadable;    // sectors that could not be read
  std::string report_json;  // findings; UTF-8 JSON
};

class ImageLayout {
 public:
  struct Region {
    std::uint64_t file_offset = 0;  // multiple of 4 KiB
    std::span<std::byte> bytes;     // multiple of 4 KiB, inside the chunk's buffer
  };

  explicit ImageLayout(const ImageGeometry& geometry);

  // Places the next chunk. `buffer` is the whole buffer (headroom first), `record` has every field
  // but payload_offset. Records come in volume order and leave no gaps. Returns what to write now.
  Region place(ImageRecord record, std::span<std::byte> buffer);
  // Places a run of zeros; adjacent runs become one record. Nothing to write yet.
  void place_run(std::uint64_t volume_offset, std::uint64_t length, std::uint32_t flags = 0);

  // The rest of the file after the last region, in pieces of at most `piece_bytes` each
  // (a multiple of 4 KiB; the last one is padded by the format itself, so the file ends on a
  // 4 KiB boundary). Call until it returns false. Writes into `piece`, says where it goes.
  void begin_finish(ImageEpilogue epilogue);
  bool next_piece(std::span<std::byte> piece, Region& region);

  [[nodiscard]] const ImageGeometry& geometry() const noexcept;
  [[nodiscard]] const std::vector<ImageRecord>& records() const noexcept;
  // XXH3-128 over (volume offset, length, plain digest) of all chunks that are not all zeros: the
  // same for every compression, with runs or stock.
  [[nodiscard]] Digest128 content_digest() const noexcept;
  [[nodiscard]] std::uint64_t file_bytes() const noexcept;  // so far; final after next_piece ended

  // For read-back: the exact bytes that stand in the image from the end of the payload before
  // record i (its EndMark first) to the start of record i's payload. `i` is a chunk, not a run.
  [[nodiscard]] std::vector<std::byte> expected_head(std::size_t i) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tintype
