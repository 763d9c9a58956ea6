// What is done to a chunk between packing it and writing it, and undone between reading and
// unpacking it: nothing, in every image of today. Encryption has its place here.
//
// The digest of a record's stored bytes is of sealed ones: whoever cannot open a chunk can still
// tell whether it is what was written.
#pragma once

#include <cstdint>
#include <span>

#include "engine/image/image_layout.h"

namespace tintype {

class ChunkSealer {
 public:
  virtual ~ChunkSealer() = default;

  // Nothing is done: then one hash serves for plain and stored bytes of a chunk stored plain.
  [[nodiscard]] virtual bool is_identity() const noexcept { return false; }
  // By how much every sealed payload is longer than the packed one: ImageGeometry::seal_bytes.
  [[nodiscard]] virtual std::uint32_t seal_bytes() const noexcept = 0;

  // Both work in place, by any number of tasks, and may bind the bytes to what the record tells of
  // the chunk: all but payload_offset and stored_digest, which are not known when it is sealed.
  // `payload` is record.stored_bytes long: the packed bytes, and behind them room for the seal.
  virtual void seal(const ImageRecord& record, std::span<std::byte> payload) const noexcept = 0;
  // Leaves the packed bytes at the front. False: they are not what was sealed as this chunk.
  [[nodiscard]] virtual bool open(const ImageRecord& record,
                                  std::span<std::byte> payload) const noexcept = 0;
};

class NoSealer final : public ChunkSealer {
 public:
  [[nodiscard]] bool is_identity() const noexcept override { return true; }
  [[nodiscard]] std::uint32_t seal_bytes() const noexcept override { return 0; }
  void seal(const ImageRecord&, std::span<std::byte>) const noexcept override {}
  [[nodiscard]] bool open(const ImageRecord&, std::span<std::byte>) const noexcept override {
    return true;
  }
};
inline const NoSealer kNoSealer;

}  // namespace tintype
