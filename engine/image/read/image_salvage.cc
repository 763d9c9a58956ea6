#include "engine/image/read/image_salvage.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "engine/image/image_format.h"
#include "engine/image/record_chain.h"
#include "io/aligned_buffer.h"

namespace tintype {
namespace image {
namespace {

constexpr std::size_t kWalkBytes = 8192;     // for one record where one is expected
constexpr std::size_t kScanBytes = 1 << 20;  // for any record, anywhere

// A piece of the file in memory. Unreadable sectors are holes in it.
class Window {
 public:
  Window(std::uint64_t file_bytes, const ReadAt& read)
      : file_bytes_(file_bytes),
        read_(read),
        buffer_(std::clamp<std::uint64_t>(file_bytes, kWalkBytes, kScanBytes)) {}

  // The bytes from `at`: enough for a record, unless the file or its readable part ends before.
  // Reads `want` bytes if it has to. Empty: the sector at `at` cannot be read.
  std::span<const std::byte> from(std::uint64_t at, std::size_t want) {
    const std::uint64_t needed = std::min(at + sizeof(RecordFrame), file_bytes_);
    if (at < begin_ || needed > end_) load(at, want);
    if (at < begin_ || at >= end_) return {};
    return std::span<const std::byte>(buffer_.bytes()).subspan(at - begin_, end_ - at);
  }

 private:
  void load(std::uint64_t at, std::size_t want) {
    begin_ = at / kImageAlignmentBytes * kImageAlignmentBytes;
    end_ = begin_;
    // Where a sector is bad, halving finds the readable part before it.
    for (std::size_t bytes = std::min(want, buffer_.size());
         bytes >= kImageAlignmentBytes && end_ == begin_;
         bytes = bytes / 2 / kImageAlignmentBytes * kImageAlignmentBytes) {
      const auto got = read_(begin_, buffer_.bytes().first(bytes));
      if (got) end_ += *got;
    }
  }

  const std::uint64_t file_bytes_;
  const ReadAt& read_;
  AlignedBuffer buffer_;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
};

class Walk {
 public:
  Walk(std::uint64_t file_bytes, const ReadAt& read)
      : file_bytes_(file_bytes), window_(file_bytes, read) {}

  Salvage run() {
    std::uint64_t at = 0;
    if (auto geometry = parse_header("", window_.from(0, kWalkBytes))) {
      found_.geometry = *geometry;
      at = sizeof(HeaderFrame);
    }
    while (!sections_begin(at)) {
      auto record = record_at(at, kWalkBytes);
      if (!record) {
        ++found_.lost_stretches;
        record = scan(at);
      }
      if (!record) break;
      found_.records.push_back(*record);
      volume_offset_ = record->volume_offset + record->plain_bytes;
      at = is_run(*record) ? at + sizeof(RecordFrame)
                           : record->payload_offset + record->stored_bytes + sizeof kLz4EndMark;
    }
    add_missing();
    return std::move(found_);
  }

 private:
  // Only asked where a frame must begin, never while scanning: payloads may say anything.
  bool sections_begin(std::uint64_t at) {
    SectionFrame frame;
    const auto bytes = window_.from(at, kWalkBytes);
    if (bytes.size() < sizeof frame) return false;
    std::memcpy(&frame, bytes.data(), sizeof frame);
    return frame.magic == kSkippableMagic && frame.part == 0 &&
           (frame.kind == kPaddingKind || std::ranges::count(kSectionKinds, frame.kind) > 0);
  }

  std::optional<ImageRecord> record_at(std::uint64_t at, std::size_t want) {
    RecordFrame frame;
    const auto bytes = window_.from(at, want);
    if (bytes.size() < sizeof frame) return std::nullopt;
    std::memcpy(&frame, bytes.data(), sizeof frame);
    constexpr std::uint32_t kBodyBytes = sizeof frame - offsetof(RecordFrame, kind);
    if (frame.magic != kSkippableMagic || frame.file_offset != at || frame.reserved != 0 ||
        frame.body_bytes < kBodyBytes || frame.check != check_of(frame)) {
      return std::nullopt;
    }
    ImageRecord record{.volume_offset = frame.volume_offset,
                       .plain_bytes = frame.plain_bytes,
                       .stored_bytes = frame.stored_bytes,
                       .flags = frame.flags,
                       .plain_digest = from_disk(frame.plain_digest),
                       .stored_digest = frame.stored_digest};
    const std::uint64_t padding = frame.body_bytes - kBodyBytes;
    if (frame.kind != (is_run(record) ? kZerosKind : kChunkKind)) return std::nullopt;
    if (!record_fault(record, chunk_bytes(), seal_bytes()).empty()) return std::nullopt;
    if (record.volume_offset < volume_offset_ || record.volume_offset > volume_bytes() ||
        record.plain_bytes > volume_bytes() - record.volume_offset) {
      return std::nullopt;
    }
    if (is_run(record)) return padding == 0 ? std::optional(record) : std::nullopt;
    record.payload_offset = at + sizeof frame + padding + sizeof(Lz4FrameHead);
    if (padding >= kImageAlignmentBytes || record.payload_offset % kImageAlignmentBytes != 0 ||
        record.payload_offset > file_bytes_ ||
        record.stored_bytes > file_bytes_ - record.payload_offset) {
      return std::nullopt;
    }
    return record;
  }

  // The next record behind `at`, wherever it is; moves `at` there.
  std::optional<ImageRecord> scan(std::uint64_t& at) {
    const le32 magic = kSkippableMagic;
    const std::string_view pattern(reinterpret_cast<const char*>(&magic), sizeof magic);
    for (++at; at < file_bytes_;) {
      const auto bytes = window_.from(at, kScanBytes);
      if (bytes.empty()) {
        at = (at / kImageAlignmentBytes + 1) * kImageAlignmentBytes;
        continue;
      }
      const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      const std::size_t hit = text.find(pattern);
      if (hit == std::string_view::npos) {
        at += std::max(bytes.size(), sizeof magic) - sizeof magic + 1;
        continue;
      }
      at += hit;
      if (auto record = record_at(at, kScanBytes)) return record;
      ++at;
    }
    return std::nullopt;
  }

  void add_missing() {
    std::uint64_t at = 0;
    const auto add_until = [&](std::uint64_t end) {
      if (end > at) found_.missing.push_back({.offset = at, .length = end - at});
    };
    for (const ImageRecord& record : found_.records) {
      add_until(record.volume_offset);
      at = record.volume_offset + record.plain_bytes;
    }
    if (found_.geometry) add_until(found_.geometry->volume_bytes);
  }

  [[nodiscard]] std::uint32_t chunk_bytes() const {
    return found_.geometry ? found_.geometry->chunk_bytes : kChunkBytesMax;
  }
  [[nodiscard]] std::uint32_t seal_bytes() const {
    return found_.geometry ? found_.geometry->seal_bytes : 0;
  }
  [[nodiscard]] std::uint64_t volume_bytes() const {
    return found_.geometry ? found_.geometry->volume_bytes : kVolumeBytesMax;
  }

  const std::uint64_t file_bytes_;
  Window window_;
  Salvage found_;
  std::uint64_t volume_offset_ = 0;  // end of the last record
};

}  // namespace

Salvage salvage(std::uint64_t file_bytes, const ReadAt& read) {
  return Walk(file_bytes, read).run();
}

}  // namespace image

Result<Salvage> salvage_image(const std::string& path) {
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  return image::salvage(file.geometry().size_bytes,
                        [&](std::uint64_t offset, std::span<std::byte> bytes) {
                          return file.read_at(offset, bytes);
                        });
}

}  // namespace tintype
