// An image half of whose chunks lie in another file, as those of a set will that an earlier set has
// already. In its own file noise stands in their place: who reads there does not get away with it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/image/read/image_reader.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype::test {

class ChunksElsewhere final : public ChunkSource {
 public:
  // Every second chunk, the last one first.
  ChunksElsewhere(std::shared_ptr<const File> own, std::shared_ptr<const File> other,
                  const std::vector<ImageRecord>& records)
      : own_(std::move(own)), other_(std::move(other)) {
    std::uint64_t at = 0, chunks = 0;
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      if ((record->flags & kRecordRun) != 0 || chunks++ % 2 != 0) continue;
      places_[record->volume_offset] = at;
      at += (record->stored_bytes + 4095) / 4096 * 4096;
    }
  }
  [[nodiscard]] bool is_elsewhere(const ImageRecord& record) const {
    return places_.contains(record.volume_offset);
  }
  [[nodiscard]] ChunkPlace place_of(const ImageRecord& record) const noexcept override {
    const auto found = places_.find(record.volume_offset);
    if (found == places_.end())
      return {.file = own_.get(), .payload_offset = record.payload_offset};
    return {.file = other_.get(), .payload_offset = found->second, .has_head = false};
  }
  [[nodiscard]] std::vector<const File*> files() const override {
    return {own_.get(), other_.get()};
  }

 private:
  std::shared_ptr<const File> own_, other_;
  std::unordered_map<std::uint64_t, std::uint64_t> places_;  // by volume offset
};

[[nodiscard]] inline std::shared_ptr<const File> open_shared(const std::string& path) {
  return std::make_shared<const File>(must(File::open_source(path, Caching::direct_if_possible)));
}

[[nodiscard]] inline ImageSource with_chunks_in(ImageSource image, const std::string& other) {
  image.chunks = [path = image.path,
                  other](const ImageReader& opened) -> Result<std::shared_ptr<const ChunkSource>> {
    return std::make_shared<const ChunksElsewhere>(open_shared(path), open_shared(other),
                                                   opened.records());
  };
  return image;
}

// Moves chunks of the image into a new file. The image is then read by what is returned.
[[nodiscard]] inline ImageSource move_chunks(const ImageSource& image, const std::string& other) {
  write_file(other, {});
  const ImageSource moved = with_chunks_in(image, other);
  const ImageReader reader = must(ImageReader::open(moved));
  std::vector<std::byte> own = read_file(image.path), theirs;
  for (const ImageRecord& record : reader.records()) {
    const ChunkPlace place = reader.chunks().place_of(record);
    if ((record.flags & kRecordRun) != 0 || place.has_head) continue;
    const auto payload = std::span(own).subspan(record.payload_offset, record.stored_bytes);
    const std::uint64_t end = (place.payload_offset + payload.size() + 4095) / 4096 * 4096;
    theirs.resize(std::max<std::size_t>(theirs.size(), end));
    std::ranges::copy(payload, theirs.begin() + static_cast<std::ptrdiff_t>(place.payload_offset));
    for (std::byte& byte : payload) byte ^= std::byte{0x5A};
  }
  write_file(image.path, own);
  write_file(other, theirs);
  return moved;
}

}  // namespace tintype::test
