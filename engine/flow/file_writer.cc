#include "engine/flow/file_writer.h"

#include <algorithm>
#include <map>

#include "io/aligned_buffer.h"

namespace tintype {

std::size_t FileWriter::add(std::string shown, std::uint64_t size_bytes, ExtentList data) {
  outputs_.push_back({.shown = std::move(shown),
                      .size_bytes = size_bytes,
                      .data = std::move(data),
                      .made = false,
                      .problem = {},
                      .in_flight = 0,
                      .cached = {},
                      .direct = {},
                      .idle = idle_.end()});
  return outputs_.size() - 1;
}

Result<void> FileWriter::make(std::size_t file) {
  Output& output = outputs_[file];
  TINTYPE_TRY(output.cached, tree_.create(file, output.shown, Caching::page_cache));
  TINTYPE_CHECK(output.cached.set_size(output.size_bytes));
  // A medium that is too full says so now, and direct writes into reserved space go side by side.
  for (const Extent& extent : output.data)
    TINTYPE_CHECK(output.cached.preallocate(extent.offset, extent.length));
  output.data = {};
  return {};
}

// Leaves the file open and among the idle ones.
Result<void> FileWriter::open(std::size_t file) {
  Output& output = outputs_[file];
  if (output.cached.is_open()) {
    if (output.idle != idle_.end()) idle_.splice(idle_.end(), idle_, output.idle);
    return {};
  }
  while (idle_.size() >= kIdleOpenMax) {
    Output& oldest = outputs_[idle_.front()];
    oldest.cached.close();
    oldest.direct.close();
    oldest.idle = idle_.end();
    idle_.pop_front();
  }
  if (!output.made) {
    if (auto made = make(file); !made) {
      output.cached.close();
      return made;
    }
    output.made = true;
  } else {
    TINTYPE_TRY(output.cached, tree_.reopen(file, output.shown, Caching::page_cache));
  }
  if (output.size_bytes >= kLargeFileBytes) {
    TINTYPE_TRY(output.direct, tree_.reopen(file, output.shown, Caching::direct_if_possible));
    if (!output.direct.geometry().direct) output.direct.close();
  }
  output.idle = idle_.insert(idle_.end(), file);
  return {};
}

Result<void> FileWriter::give_up(std::size_t file, Error error) {
  if (!concerns_one_file(error)) return tl::unexpected(std::move(error));
  outputs_[file].problem = std::move(error.what);
  return {};
}

Result<void> FileWriter::prepare(std::size_t file) {
  if (outputs_[file].made || !outputs_[file].problem.empty()) return {};
  if (auto opened = open(file); !opened) return give_up(file, std::move(opened).error());
  return {};
}

Result<bool> FileWriter::write(std::size_t file, std::uint64_t offset, std::span<std::byte> bytes,
                               const Digest128& digest, Block& block) {
  if (!outputs_[file].problem.empty()) return false;
  if (auto opened = open(file); !opened) {
    TINTYPE_CHECK(give_up(file, std::move(opened).error()));
    return false;
  }
  parts_.push_back({file, {offset, bytes.size()}, digest});
  auto started = start_write(file, offset, bytes, block);
  if (started) return started;
  TINTYPE_CHECK(give_up(file, std::move(started).error()));
  return false;
}

// True: a write of the block's own is under way. An error comes before there is one.
Result<bool> FileWriter::start_write(std::size_t file, std::uint64_t offset,
                                     std::span<std::byte> bytes, Block& block) {
  Output& output = outputs_[file];
  const auto write_now = [&](std::uint64_t at, std::span<const std::byte> piece) {
    block.placed_bytes += static_cast<std::uint32_t>(piece.size());
    return output.cached.write_at(at, piece);
  };
  if (bytes.size() < small_bytes_) {
    TINTYPE_CHECK(write_now(offset, bytes));
    return false;
  }
  const auto write_later = [&](File& to, std::uint64_t at, std::span<std::byte> piece) {
    if (output.in_flight++ == 0) idle_.erase(std::exchange(output.idle, idle_.end()));
    block.more_writes.push_back({&to, at, piece});
    return true;
  };
  if (!output.direct.is_open()) return write_later(output.cached, offset, bytes);
  // The whole sectors in the middle go directly, what is cut at the ends through the page cache.
  // The two never share a sector, so neither overwrites what the other wrote.
  const Geometry& geometry = output.direct.geometry();
  const std::uint64_t unit =
      std::max({geometry.sector_bytes, geometry.memory_alignment, std::uint32_t{kPageBytes}});
  const std::uint64_t head = std::min<std::uint64_t>((unit - offset % unit) % unit, bytes.size());
  const std::uint64_t body = (bytes.size() - head) / unit * unit;
  const bool aligned =
      reinterpret_cast<std::uintptr_t>(bytes.data() + head) % geometry.memory_alignment == 0;
  if (body == 0 || !aligned) return write_later(output.cached, offset, bytes);
  if (head != 0) TINTYPE_CHECK(write_now(offset, bytes.first(head)));
  if (const auto tail = bytes.subspan(head + body); !tail.empty())
    TINTYPE_CHECK(write_now(offset + head + body, tail));
  return write_later(output.direct, offset + head, bytes.subspan(head, body));
}

Result<void> FileWriter::write_whole(std::size_t file, std::span<const std::byte> content) {
  TINTYPE_CHECK(prepare(file));
  if (!outputs_[file].problem.empty()) return {};
  if (!content.empty()) parts_.push_back({file, {0, content.size()}, xxh3_128(content)});
  if (auto written = outputs_[file].cached.write_at(0, content); !written)
    return give_up(file, std::move(written).error());
  return {};
}

Result<void> FileWriter::repeat(const std::vector<Twin>& twins) {
  std::map<std::size_t, std::vector<WrittenPart>> parts_of;
  for (const Twin& twin : twins) parts_of[twin.file];
  for (const WrittenPart& part : parts_)
    if (const auto found = parts_of.find(part.file); found != parts_of.end())
      found->second.push_back(part);
  std::vector<std::byte> bytes;
  for (const auto& [file, twin] : twins) {
    if (!outputs_[file].problem.empty()) continue;
    TINTYPE_CHECK(prepare(twin));
    if (!outputs_[twin].problem.empty()) continue;
    TINTYPE_TRY(const File from, tree_.reopen(file, outputs_[file].shown, Caching::page_cache));
    TINTYPE_TRY(const File to, tree_.reopen(twin, outputs_[twin].shown, Caching::page_cache));
    for (const WrittenPart& part : parts_of.at(file)) {
      bytes.resize(static_cast<std::size_t>(part.range.length));
      TINTYPE_TRY(const std::size_t got, from.read_at(part.range.offset, bytes));
      TINTYPE_CHECK(to.write_at(part.range.offset, std::span(bytes).first(got)));
      parts_.push_back({twin, part.range, part.digest});
    }
  }
  return {};
}

void FileWriter::written(std::size_t file) {
  Output& output = outputs_[file];
  if (--output.in_flight == 0) output.idle = idle_.insert(idle_.end(), file);
}

Result<void> FileWriter::finish() {
  for (std::size_t file = 0; file < outputs_.size(); ++file) {
    Output& output = outputs_[file];
    if (!output.made) continue;
    if (output.size_bytes >= kLargeFileBytes && output.problem.empty()) {
      TINTYPE_CHECK(open(file));
      TINTYPE_CHECK(output.cached.sync());
    }
    output.cached.close();
    output.direct.close();
    if (output.idle != idle_.end()) idle_.erase(std::exchange(output.idle, idle_.end()));
  }
  return {};
}

std::vector<WrittenPart> FileWriter::take_parts() {
  std::erase_if(parts_,
                [&](const WrittenPart& part) { return !outputs_[part.file].problem.empty(); });
  return std::move(parts_);
}

Result<std::optional<File>> FileWriter::reopen(std::size_t file) {
  TINTYPE_TRY(File opened, tree_.reopen(file, outputs_[file].shown, Caching::direct_if_possible));
  return opened;
}

}  // namespace tintype
