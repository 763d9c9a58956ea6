#include "engine/flow/file_read_back_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "io/aligned_buffer.h"

namespace tintype {
namespace {

struct PartBlock final : Block {
  WrittenPart part;
  bool is_last = false;      // of its file
  std::uint32_t before = 0;  // bytes in the buffer that come before it
  bool equal = false;
  std::optional<Error> failure;  // to open the file
};

}  // namespace

FileReadBackFlow::FileReadBackFlow(std::vector<WrittenPart> parts, WrittenFiles& files)
    : files_(files), parts_(std::move(parts)) {
  std::ranges::sort(
      parts_, {}, [](const WrittenPart& part) { return std::tuple(part.file, part.range.offset); });
}

std::uint64_t FileReadBackFlow::total_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const WrittenPart& part : parts_) sum += part.range.length;
  return sum;
}

FlowShape FileReadBackFlow::shape() const {
  std::uint64_t longest = 0;
  for (const WrittenPart& part : parts_) longest = std::max(longest, part.range.length);
  // Slack for whole sectors before and behind, of 64 KiB at most.
  constexpr std::size_t kSlackBytes = 128 << 10;
  return {.buffer_bytes = (longest + kPageBytes - 1) / kPageBytes * kPageBytes + kSlackBytes,
          .writes = false};
}

std::unique_ptr<Block> FileReadBackFlow::make_block() const {
  return std::make_unique<PartBlock>();
}

bool FileReadBackFlow::next(Block& any) {
  auto& block = static_cast<PartBlock&>(any);
  block.equal = false;
  block.failure.reset();
  auto file = open_.end();
  while (next_part_ < parts_.size()) {
    block.part = parts_[next_part_];
    file = open_.find(block.part.file);
    if (file != open_.end()) break;
    auto opened = files_.reopen(block.part.file);
    if (!opened) {
      ++next_part_;
      block.failure = std::move(opened).error();
      return true;
    }
    if (*opened) {
      file = open_.emplace(block.part.file, **std::move(opened)).first;
      all_direct_ = all_direct_ && file->second.geometry().direct;
      break;
    }
    while (next_part_ < parts_.size() && parts_[next_part_].file == block.part.file) ++next_part_;
  }
  if (next_part_ == parts_.size()) return false;
  ++next_part_;
  block.is_last = next_part_ == parts_.size() || parts_[next_part_].file != block.part.file;
  const std::uint32_t unit = Block::Read::unit_of(file->second);
  const std::uint64_t from = block.part.range.offset / unit * unit;
  block.before = static_cast<std::uint32_t>(block.part.range.offset - from);
  block.reads.push_back(
      {&file->second, from, 0, static_cast<std::uint32_t>(block.before + block.part.range.length)});
  return true;
}

void FileReadBackFlow::process(Block& any) const noexcept {
  auto& block = static_cast<PartBlock&>(any);
  if (block.failure) return;
  const auto bytes = block.buffer.subspan(block.before, block.part.range.length);
  block.equal = xxh3_128(bytes) == block.part.digest;
}

Result<void> FileReadBackFlow::place(Block& any) {
  auto& block = static_cast<PartBlock&>(any);
  if (block.failure) return tl::unexpected(*std::move(block.failure));
  if (!block.equal)
    return plain_error(fmt::format("{} reads back different at offset {} from what was written "
                                   "there",
                                   files_.shown(block.part.file), block.part.range.offset),
                       "the medium or the way to it damages data: use another one");
  if (block.is_last) open_.erase(block.part.file);
  return {};
}

}  // namespace tintype
