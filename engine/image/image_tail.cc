#include "engine/image/image_tail.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/image/image_frames.h"

namespace tintype::image {

SectionFrame make_section_frame(const FourCc& kind, std::uint64_t part,
                                std::uint64_t left_bytes) noexcept {
  constexpr std::uint64_t kHeadBytes = sizeof(SectionFrame) - offsetof(SectionFrame, kind);
  const std::uint64_t data_bytes = std::min<std::uint64_t>(left_bytes, kSectionFrameDataBytesMax);
  return {.magic = kSkippableMagic,
          .body_bytes = static_cast<std::uint32_t>(kHeadBytes + data_bytes),
          .kind = kind,
          .part = static_cast<std::uint32_t>(part)};
}

std::uint64_t padding_frame_bytes(std::uint64_t position) noexcept {
  const std::uint64_t end = position + sizeof(SectionFrame) + sizeof(FooterFrame);
  const std::uint64_t over = end % kImageAlignmentBytes;
  return sizeof(SectionFrame) + (over == 0 ? 0 : kImageAlignmentBytes - over);
}

ImageTail::ImageTail(const ImageGeometry& geometry, const std::vector<ImageRecord>& records,
                     const RecordChain& chain, ImageEpilogue epilogue, std::uint64_t region_offset,
                     std::span<const std::byte> carry)
    : geometry_(geometry),
      records_(records),
      epilogue_(std::move(epilogue)),
      region_offset_(region_offset),
      position_(region_offset + carry.size()),
      batch_(carry.begin(), carry.end()) {
  footer_.magic = kSkippableMagic;
  footer_.body_bytes = static_cast<std::uint32_t>(sizeof footer_ - offsetof(FooterFrame, kind));
  footer_.kind = kFooterKind;
  footer_.flags = epilogue_.all_blocks ? kFooterAllBlocks : 0;
  footer_.format_version = kFormatVersion;
  footer_.tail_offset = position_;
  footer_.record_count = records_.size();
  footer_.content_digest = to_disk(chain.content_digest());
  footer_.header_check = make_header(geometry).check;
  footer_.text = kText;
}

bool ImageTail::next_piece(std::span<std::byte> piece, ImageLayout::Region& region) {
  std::size_t filled = 0;
  while (filled < piece.size() && (batch_used_ < batch_.size() || refill())) {
    const std::size_t n = std::min(piece.size() - filled, batch_.size() - batch_used_);
    std::memcpy(piece.data() + filled, batch_.data() + batch_used_, n);
    filled += n;
    batch_used_ += n;
  }
  region = {.file_offset = region_offset_, .bytes = piece.first(filled)};
  region_offset_ += filled;
  return filled > 0;
}

bool ImageTail::refill() {
  batch_.clear();
  batch_used_ = 0;
  while (batch_.empty() && step_ != Step::end) {
    switch (step_) {
      case Step::opening:
        add_opening();
        break;
      case Step::sections:
        add_section_batch();
        break;
      case Step::padding:
        add_padding();
        break;
      case Step::footer:
        add_footer();
        break;
      case Step::end:
        break;
    }
  }
  digest_.update(batch_);  // the footer too, but it has been made by then
  position_ += batch_.size();
  return !batch_.empty();
}

void ImageTail::add_opening() {
  const bool ends_with_run = !records_.empty() && is_run(records_.back());
  const Gap gap{.begin = position_, .run = ends_with_run ? &records_.back() : nullptr};
  batch_.resize(kOpeningBytesMax);
  batch_.resize(write_opening(geometry_, gap, batch_));
  step_ = Step::sections;
}

void ImageTail::add_section_batch() {
  const std::uint64_t total = section_bytes();
  if (section_done_ == 0) {
    footer_.sections[section_] = {.offset = position_, .bytes = total};
  }
  if (section_done_ == total) {
    section_done_ = 0;
    if (++section_ == kSectionCount) step_ = Step::padding;
    return;
  }
  const std::uint64_t left = total - section_done_;
  if (section_done_ % kSectionFrameDataBytesMax == 0) {
    add(make_section_frame(kSectionKinds[section_], section_done_ / kSectionFrameDataBytesMax,
                           left));
  }
  const std::size_t bytes = std::min<std::uint64_t>(left, kSectionBatchBytes);
  add_section_data(section_done_, bytes);
  section_done_ += bytes;
}

void ImageTail::add_padding() {
  const std::uint64_t frame_bytes = padding_frame_bytes(position_);
  add(make_section_frame(kPaddingKind, 0, frame_bytes - sizeof(SectionFrame)));
  batch_.resize(frame_bytes);
  step_ = Step::footer;
}

void ImageTail::add_footer() {
  footer_.file_bytes = position_ + sizeof footer_;
  footer_.tail_digest = to_disk(digest_.digest());
  footer_.check = check_of(footer_);
  add(footer_);
  step_ = Step::end;
}

std::uint64_t ImageTail::section_bytes() const noexcept {
  switch (static_cast<Section>(section_)) {
    case kIndex:
      return records_.size() * sizeof(IndexEntry);
    case kCaptured:
      return epilogue_.captured.size() * sizeof(ExtentEntry);
    case kUnreadable:
      return epilogue_.unreadable.size() * sizeof(ExtentEntry);
    case kVolumeName:
      return epilogue_.volume_name.size();
    case kFilesystem:
      return epilogue_.filesystem.size();
    case kReport:
      return epilogue_.report_json.size();
  }
  return 0;
}

void ImageTail::add_section_data(std::uint64_t from, std::size_t bytes) {
  const auto add_extents = [&](const ExtentList& extents) {
    for (const Extent& extent :
         std::span(extents).subspan(from / sizeof(ExtentEntry), bytes / sizeof(ExtentEntry))) {
      add(ExtentEntry{.offset = extent.offset, .length = extent.length});
    }
  };
  const auto add_text = [&](const std::string& text) {
    const auto data = std::as_bytes(std::span(text)).subspan(from, bytes);
    batch_.insert(batch_.end(), data.begin(), data.end());
  };
  switch (static_cast<Section>(section_)) {
    case kIndex:
      for (const ImageRecord& record :
           std::span(records_).subspan(from / sizeof(IndexEntry), bytes / sizeof(IndexEntry))) {
        add(make_index_entry(record));
      }
      break;
    case kCaptured:
      add_extents(epilogue_.captured);
      break;
    case kUnreadable:
      add_extents(epilogue_.unreadable);
      break;
    case kVolumeName:
      add_text(epilogue_.volume_name);
      break;
    case kFilesystem:
      add_text(epilogue_.filesystem);
      break;
    case kReport:
      add_text(epilogue_.report_json);
      break;
  }
}

template <class T>
void ImageTail::add(const T& frame) {
  const auto bytes = std::as_bytes(std::span(&frame, 1));
  batch_.insert(batch_.end(), bytes.begin(), bytes.end());
}

}  // namespace tintype::image
