#include "engine/image/tail_stream.h"

#include <algorithm>
#include <cstring>

#include "io/invariant.h"

namespace tintype::image {
namespace {

constexpr std::uint64_t kBufferBytesMax = 1 << 20;

std::uint64_t rounded_down(std::uint64_t offset) {
  return offset / kImageAlignmentBytes * kImageAlignmentBytes;
}

}  // namespace

TailStream::TailStream(const std::string& name, const ReadAt& read, std::uint64_t begin,
                       std::uint64_t end)
    : name_(name),
      read_(read),
      position_(begin),
      end_(end),
      buffer_(std::min(kBufferBytesMax, end - rounded_down(begin))) {}

Result<void> TailStream::take(std::span<std::byte> out) {
  invariant(out.size() <= left(), "tail stream: read past the end");
  while (!out.empty()) {
    if (position_ >= buffer_end_) TINTYPE_CHECK(refill());
    const std::uint64_t bytes = std::min<std::uint64_t>(out.size(), buffer_end_ - position_);
    const auto piece = buffer_.bytes().subspan(position_ - buffer_begin_, bytes);
    digest_.update(piece);
    std::memcpy(out.data(), piece.data(), bytes);
    out = out.subspan(bytes);
    position_ += bytes;
  }
  return {};
}

Result<void> TailStream::refill() {
  buffer_begin_ = rounded_down(position_);
  buffer_end_ = std::min(buffer_begin_ + buffer_.size(), end_);
  const std::uint64_t bytes = rounded_down(buffer_end_ + kImageAlignmentBytes - 1) - buffer_begin_;
  TINTYPE_TRY(const std::size_t got, read_(buffer_begin_, buffer_.bytes().first(bytes)));
  if (got < buffer_end_ - buffer_begin_)
    return plain_error(name_ + " became shorter while it was read");
  return {};
}

}  // namespace tintype::image
