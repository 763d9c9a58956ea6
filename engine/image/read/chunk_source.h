// Where the stored bytes of an image's chunks lie. Whoever reads a chunk asks here and nowhere
// else, because it need not be in the image's own file.
//
// Asked once a chunk: the answer goes to the queue as a file, an offset and a length.
#pragma once

#include <memory>
#include <vector>

#include "engine/image/image_layout.h"
#include "io/file/file.h"

namespace tintype {

struct ChunkPlace {
  const File* file = nullptr;        // open as long as its source lives
  std::uint64_t payload_offset = 0;  // in it: a multiple of 4 KiB
  // Right in front of the payload stand the bytes of ImageReader::expected_head().
  bool has_head = true;
};

class ChunkSource {
 public:
  virtual ~ChunkSource() = default;

  // Of a chunk of the image, not of a run. By any thread.
  [[nodiscard]] virtual ChunkPlace place_of(const ImageRecord& record) const noexcept = 0;
  // Every file that holds a chunk.
  [[nodiscard]] virtual std::vector<const File*> files() const = 0;
};

// All chunks in one file, each where its record says.
class ChunksInFile final : public ChunkSource {
 public:
  explicit ChunksInFile(std::shared_ptr<const File> file) : file_(std::move(file)) {}

  [[nodiscard]] ChunkPlace place_of(const ImageRecord& record) const noexcept override {
    return {.file = file_.get(), .payload_offset = record.payload_offset};
  }
  [[nodiscard]] std::vector<const File*> files() const override { return {file_.get()}; }

 private:
  std::shared_ptr<const File> file_;
};

}  // namespace tintype
