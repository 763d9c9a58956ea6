// The rules for the sequence of an image's records, in one place: the writer keeps them, the
// readers hold a file to them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/image/content_digest.h"
#include "engine/image/image_layout.h"
#include "hashing/xxh3.h"

namespace tintype::image {

// What is wrong with the geometry, or "".
[[nodiscard]] std::string_view geometry_fault(const ImageGeometry& geometry) noexcept;

// What is wrong with a record taken alone (flags, sizes), or "". Its place is not looked at.
[[nodiscard]] std::string_view record_fault(const ImageRecord& record, std::uint32_t chunk_bytes,
                                            std::uint32_t seal_bytes) noexcept;

[[nodiscard]] inline bool is_run(const ImageRecord& record) noexcept {
  return (record.flags & kRecordRun) != 0;
}

// Where a chunk's payload stands, if the payload before it ended at `begin` (0: there is none) and
// the record of a run lies between them.
[[nodiscard]] std::uint64_t payload_offset_after(std::uint64_t begin, bool has_run) noexcept;

// Tells a chunk of zeros by its digest.
class ZeroDigests {
 public:
  [[nodiscard]] bool match(std::uint64_t bytes, const Digest128& digest);

 private:
  // Almost all chunks of an image have one length; two slots spare the last one's change of it.
  struct Known {
    std::uint64_t bytes = 0;
    Digest128 digest;
  };
  Known known_[2];
};

// Follows the records one by one: where is the next one, in the volume and in the file?
class RecordChain {
 public:
  explicit RecordChain(const ImageGeometry& geometry) : geometry_(geometry) {}

  // What is wrong with `record` as the next one, or "".
  [[nodiscard]] std::string_view fault(const ImageRecord& record) const noexcept;
  // Holds: fault(record) is "".
  void append(const ImageRecord& record);
  // Makes the run just appended longer. Returns what is wrong with that, or "".
  std::string_view extend_run(std::uint64_t volume_offset, std::uint64_t length) noexcept;

  [[nodiscard]] std::uint64_t volume_offset() const noexcept { return volume_offset_; }
  [[nodiscard]] bool complete() const noexcept { return volume_offset_ == geometry_.volume_bytes; }
  // End of the last payload; 0 if there is none.
  [[nodiscard]] std::uint64_t payload_end() const noexcept { return payload_end_; }
  [[nodiscard]] bool after_run() const noexcept { return after_run_; }
  [[nodiscard]] std::uint64_t next_payload_offset() const noexcept {
    return payload_offset_after(payload_end_, after_run_);
  }
  [[nodiscard]] Digest128 content_digest() const noexcept { return content_.digest(); }

 private:
  ImageGeometry geometry_;
  std::uint64_t volume_offset_ = 0;
  std::uint64_t payload_end_ = 0;
  bool after_run_ = false;
  ZeroDigests zeros_;
  ContentDigest content_;
};

}  // namespace tintype::image
