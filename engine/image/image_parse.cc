#include "engine/image/image_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "engine/image/image_frames.h"
#include "engine/image/image_tail.h"
#include "engine/image/record_chain.h"
#include "engine/image/tail_stream.h"
#include "hashing/counted.h"
#include "hashing/zero_block.h"

namespace tintype::image {
namespace {

constexpr const char* kOtherSet = "use another backup set";
constexpr const char* kNewer = "use a newer version of Tintype";

template <class T>
bool same_bytes(const T& a, const T& b) {
  static_assert(kIsPacked<T>);
  return std::memcmp(&a, &b, sizeof a) == 0;
}

template <class T>
std::span<std::byte> bytes_of(T& value) {
  return std::as_writable_bytes(std::span(&value, 1));
}

tl::unexpected<Error> newer(const std::string& name, std::uint32_t version) {
  return plain_error(fmt::format("{} has image format {}; this version of Tintype reads up to {}",
                                 name, version, kFormatVersion),
                     kNewer);
}

// Bytes that a section of `bytes` takes in the file, frame heads included.
std::uint64_t framed_bytes(std::uint64_t bytes) {
  const std::uint64_t frames =
      bytes / kSectionFrameDataBytesMax + (bytes % kSectionFrameDataBytesMax != 0);
  return bytes + frames * sizeof(SectionFrame);
}

class Parser {
 public:
  Parser(const std::string& name, std::uint64_t file_bytes, const ReadAt& read,
         std::uint32_t seal_bytes)
      : name_(name), file_bytes_(file_bytes), read_(read), seal_bytes_(seal_bytes) {}

  Result<ParsedImage> parse();

 private:
  Result<void> read_header();
  Result<void> read_footer();
  Result<void> check_footer_places() const;
  Result<void> read_tail();
  Result<void> read_sections(TailStream& stream);
  Result<void> read_section(TailStream& stream);
  Result<void> read_padding(TailStream& stream);
  Result<void> add_data(std::span<const std::byte> data);
  Result<void> add_records(std::span<const std::byte> data);
  Result<void> add_extents(std::span<const std::byte> data, ExtentList& extents);
  Result<void> check_records(std::span<const std::byte> opening) const;

  [[nodiscard]] std::uint64_t footer_offset() const { return file_bytes_ - sizeof(FooterFrame); }
  [[nodiscard]] tl::unexpected<Error> damaged(std::string_view how) const {
    return plain_error(fmt::format("{} is damaged: {}", name_, how), kOtherSet);
  }

  const std::string& name_;
  const std::uint64_t file_bytes_;
  const ReadAt& read_;
  const std::uint32_t seal_bytes_;
  HeaderFrame header_{};
  FooterFrame footer_{};
  ParsedImage image_;
  std::optional<RecordChain> chain_;
  std::size_t section_ = 0;  // being read
};

Result<ParsedImage> Parser::parse() {
  TINTYPE_CHECK(read_header());
  TINTYPE_CHECK(read_footer());
  TINTYPE_CHECK(check_footer_places());
  TINTYPE_CHECK(read_tail());
  return std::move(image_);
}

Result<void> Parser::read_header() {
  const AlignedBuffer first(kImageAlignmentBytes);
  TINTYPE_TRY(const std::size_t got, read_(0, first.bytes()));
  TINTYPE_TRY(image_.geometry, parse_header(name_, first.bytes().first(got)));
  image_.geometry.seal_bytes = seal_bytes_;
  header_ = make_header(image_.geometry);
  chain_.emplace(image_.geometry);
  return {};
}

Result<void> Parser::read_footer() {
  const auto unfinished = [&](std::string_view why) {
    return plain_error(fmt::format("{} is unfinished or cut off: {}", name_, why),
                       "the backup did not end, or the file was cut; use another backup set");
  };
  if (file_bytes_ % kImageAlignmentBytes != 0)
    return unfinished(counted(file_bytes_, "byte is", "bytes are") + " no multiple of 4096");
  const AlignedBuffer last(kImageAlignmentBytes);
  TINTYPE_TRY(const std::size_t got, read_(file_bytes_ - kImageAlignmentBytes, last.bytes()));
  if (got != kImageAlignmentBytes) return plain_error(name_ + " became shorter while it was read");
  std::memcpy(&footer_, last.data() + last.size() - sizeof footer_, sizeof footer_);

  if (footer_.magic != kSkippableMagic || footer_.kind != kFooterKind || footer_.text != kText)
    return unfinished("it has no footer");
  if (footer_.check != check_of(footer_)) return damaged("its footer has changed");
  if (footer_.format_version > kFormatVersion) return newer(name_, footer_.format_version);
  if (footer_.file_bytes > file_bytes_)
    return unfinished(
        fmt::format("{} of {} bytes are here", file_bytes_, footer_.file_bytes.value()));
  if (footer_.file_bytes < file_bytes_)
    return damaged(fmt::format("it is {} bytes long, but its footer says {}", file_bytes_,
                               footer_.file_bytes.value()));
  if (footer_.header_check != header_.check)
    return damaged("header and footer belong to different images");
  return {};
}

Result<void> Parser::check_footer_places() const {
  if (footer_.format_version != header_.format_version ||
      footer_.body_bytes != sizeof footer_ - offsetof(FooterFrame, kind) ||
      (footer_.flags & ~kFooterAllBlocks) != 0 || footer_.reserved_a != 0 ||
      !is_zero(std::as_bytes(std::span(footer_.reserved)))) {
    return damaged("its footer has fields that version 1 does not know");
  }
  // Every offset is at most footer_offset() and so is every length: no sum below can wrap.
  std::uint64_t position = footer_.sections[kIndex].offset;
  const std::uint64_t tail = footer_.tail_offset;
  const std::uint64_t opening = tail == 0 ? sizeof(HeaderFrame) : sizeof kLz4EndMark;
  if (tail > footer_offset() || position > footer_offset() || position < tail ||
      (position - tail != opening && position - tail != opening + sizeof(RecordFrame))) {
    return damaged("its index is in the wrong place");
  }
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    const std::uint64_t bytes = footer_.sections[i].bytes;
    if (footer_.sections[i].offset != position || bytes > footer_offset())
      return damaged("its sections are in the wrong places");
    position += framed_bytes(bytes);
  }
  if (position > footer_offset() || position + padding_frame_bytes(position) != footer_offset())
    return damaged("its sections do not end where the footer begins");

  const auto bytes_of_section = [&](Section section) {
    return footer_.sections[section].bytes.value();
  };
  if (bytes_of_section(kIndex) % sizeof(IndexEntry) != 0 ||
      footer_.record_count != bytes_of_section(kIndex) / sizeof(IndexEntry) ||
      bytes_of_section(kCaptured) % sizeof(ExtentEntry) != 0 ||
      bytes_of_section(kUnreadable) % sizeof(ExtentEntry) != 0 ||
      bytes_of_section(kVolumeName) > kTextSectionBytesMax ||
      bytes_of_section(kFilesystem) > kTextSectionBytesMax ||
      bytes_of_section(kReport) > kReportSectionBytesMax) {
    return damaged("a section has an impossible length");
  }
  return {};
}

Result<void> Parser::read_tail() {
  TailStream stream(name_, read_, footer_.tail_offset, footer_offset());
  TINTYPE_CHECK(read_sections(stream));
  if (stream.digest() != from_disk(footer_.tail_digest)) return damaged("its index has changed");
  return {};
}

Result<void> Parser::read_sections(TailStream& stream) {
  std::array<std::byte, kOpeningBytesMax> opening_buffer;
  const auto opening =
      std::span(opening_buffer).first(footer_.sections[kIndex].offset - footer_.tail_offset);
  TINTYPE_CHECK(stream.take(opening));
  for (section_ = 0; section_ < kSectionCount; ++section_) TINTYPE_CHECK(read_section(stream));
  TINTYPE_CHECK(read_padding(stream));
  image_.epilogue.all_blocks = (footer_.flags & kFooterAllBlocks) != 0;
  image_.content_digest = chain_->content_digest();
  return check_records(opening);
}

Result<void> Parser::read_section(TailStream& stream) {
  std::array<std::byte, kSectionBatchBytes> batch;
  const std::uint64_t total = footer_.sections[section_].bytes;
  for (std::uint64_t done = 0; done < total;) {
    const std::uint64_t left = total - done;
    if (done % kSectionFrameDataBytesMax == 0) {
      SectionFrame frame;
      TINTYPE_CHECK(stream.take(bytes_of(frame)));
      if (!same_bytes(frame, make_section_frame(kSectionKinds[section_],
                                                done / kSectionFrameDataBytesMax, left))) {
        return damaged("a section's frame is not what it must be");
      }
    }
    const auto data = std::span(batch).first(std::min<std::uint64_t>(left, batch.size()));
    TINTYPE_CHECK(stream.take(data));
    TINTYPE_CHECK(add_data(data));
    done += data.size();
  }
  return {};
}

Result<void> Parser::read_padding(TailStream& stream) {
  std::array<std::byte, kImageAlignmentBytes> zeros;
  SectionFrame frame;
  TINTYPE_CHECK(stream.take(bytes_of(frame)));
  const auto padding = std::span(zeros).first(stream.left());
  TINTYPE_CHECK(stream.take(padding));
  if (!same_bytes(frame, make_section_frame(kPaddingKind, 0, padding.size())) || !is_zero(padding))
    return damaged("its padding is not empty");
  return {};
}

Result<void> Parser::add_data(std::span<const std::byte> data) {
  ImageEpilogue& epilogue = image_.epilogue;
  const auto add_text = [&](std::string& text) -> Result<void> {
    text.append(reinterpret_cast<const char*>(data.data()), data.size());
    return {};
  };
  switch (static_cast<Section>(section_)) {
    case kIndex:
      return add_records(data);
    case kCaptured:
      return add_extents(data, epilogue.captured);
    case kUnreadable:
      return add_extents(data, epilogue.unreadable);
    case kVolumeName:
      return add_text(epilogue.volume_name);
    case kFilesystem:
      return add_text(epilogue.filesystem);
    case kReport:
      return add_text(epilogue.report_json);
  }
  return {};
}

Result<void> Parser::add_records(std::span<const std::byte> data) {
  for (; !data.empty(); data = data.subspan(sizeof(IndexEntry))) {
    IndexEntry entry;
    std::memcpy(&entry, data.data(), sizeof entry);
    const ImageRecord record = record_of(entry);
    if (const std::string_view fault = chain_->fault(record); !fault.empty()) {
      return damaged(fmt::format("record {}, at volume offset {}, {}", image_.records.size(),
                                 record.volume_offset, fault));
    }
    chain_->append(record);
    image_.records.push_back(record);
  }
  return {};
}

Result<void> Parser::add_extents(std::span<const std::byte> data, ExtentList& extents) {
  for (; !data.empty(); data = data.subspan(sizeof(ExtentEntry))) {
    ExtentEntry entry;
    std::memcpy(&entry, data.data(), sizeof entry);
    const Extent extent{.offset = entry.offset, .length = entry.length};
    const std::uint64_t volume_bytes = image_.geometry.volume_bytes;
    if (extent.length == 0 || extent.offset > volume_bytes ||
        extent.length > volume_bytes - extent.offset ||
        (!extents.empty() && extent.offset <= extents.back().end())) {
      return damaged(fmt::format("extent {} of {} bytes at {} is impossible", extents.size(),
                                 extent.length, extent.offset));
    }
    extents.push_back(extent);
  }
  return {};
}

Result<void> Parser::check_records(std::span<const std::byte> opening) const {
  if (!chain_->complete())
    return damaged(fmt::format("its records end at {} of {} bytes", chain_->volume_offset(),
                               image_.geometry.volume_bytes));
  if (chain_->payload_end() != footer_.tail_offset)
    return damaged("its last payload does not end where its tail begins");
  if (image_.content_digest != from_disk(footer_.content_digest))
    return damaged("its content digest is not that of its records");
  const Gap gap{.begin = footer_.tail_offset,
                .run = chain_->after_run() ? &image_.records.back() : nullptr};
  std::array<std::byte, kOpeningBytesMax> expected;
  const std::size_t bytes = write_opening(image_.geometry, gap, expected);
  if (!std::ranges::equal(std::span(expected).first(bytes), opening))
    return damaged("the frames before its index are not what its records say");
  return {};
}

}  // namespace

Result<ImageGeometry> parse_header(const std::string& name, std::span<const std::byte> first) {
  HeaderFrame header;
  if (first.size() < sizeof header)
    return plain_error(fmt::format("{} is not a Tintype image: it is too short", name));
  std::memcpy(&header, first.data(), sizeof header);
  if (header.magic != kSkippableMagic || header.text != kText)
    return plain_error(name + " is not a Tintype image");
  if (header.check != check_of(header))
    return plain_error(fmt::format("{} is damaged: its header has changed", name), kOtherSet);
  if (header.format_version > kFormatVersion) return newer(name, header.format_version);

  const ImageGeometry geometry{.volume_bytes = header.volume_bytes,
                               .chunk_bytes = header.chunk_bytes,
                               .sector_bytes = header.sector_bytes,
                               .stock = (header.flags & kHeaderStock) != 0};
  if (const std::string_view fault = geometry_fault(geometry); !fault.empty())
    return plain_error(fmt::format("{} is damaged: {}", name, fault), kOtherSet);
  // Version 1 has one header for a geometry. Anything else in it, parent or encryption, is a
  // promise this reader cannot keep.
  if (!same_bytes(header, make_header(geometry)))
    return plain_error(fmt::format("{} uses features this version does not know", name), kNewer);
  return geometry;
}

Result<ParsedImage> parse_image(const std::string& name, std::uint64_t file_bytes,
                                const ReadAt& read, std::uint32_t seal_bytes) {
  return Parser(name, file_bytes, read, seal_bytes).parse();
}

}  // namespace tintype::image
