#include "io/filesystem/file_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/tasks/long_sort.h"

namespace tintype {

void append_run(std::vector<FileRun>& runs, const FileRun& run) {
  if (run.length == 0) return;
  if (!runs.empty()) {
    FileRun& last = runs.back();
    if (last.file_offset + last.length == run.file_offset &&
        last.volume_offset + last.length == run.volume_offset) {
      last.length += run.length;
      return;
    }
  }
  runs.push_back(run);
}

void clip_runs(std::vector<FileRun>& runs, std::uint64_t end) {
  while (!runs.empty() && runs.back().file_offset >= end) runs.pop_back();
  if (!runs.empty())
    runs.back().length = std::min(runs.back().length, end - runs.back().file_offset);
}

Result<void> read_runs(const Volume& volume, std::span<const FileRun> runs,
                       std::uint64_t size_bytes, std::uint64_t offset, std::span<std::byte> bytes) {
  if (offset > size_bytes || bytes.size() > size_bytes - offset)
    return plain_error(fmt::format("cannot read {} bytes at offset {} of a file of {} bytes",
                                   bytes.size(), offset, size_bytes));
  auto run = std::upper_bound(
      runs.begin(), runs.end(), offset,
      [](std::uint64_t at, const FileRun& r) { return at < r.file_offset + r.length; });
  while (!bytes.empty()) {
    if (run == runs.end()) {
      std::memset(bytes.data(), 0, bytes.size());
      break;
    }
    std::size_t part = bytes.size();
    if (offset < run->file_offset) {  // a hole before the run
      part = static_cast<std::size_t>(std::min<std::uint64_t>(part, run->file_offset - offset));
      std::memset(bytes.data(), 0, part);
    } else {
      const std::uint64_t into = offset - run->file_offset;
      part = static_cast<std::size_t>(std::min<std::uint64_t>(part, run->length - into));
      TINTYPE_CHECK(volume.read(run->volume_offset + into, bytes.first(part)));
      if (into + part == run->length) ++run;
    }
    bytes = bytes.subspan(part);
    offset += part;
  }
  return {};
}

Result<void> read_file(const Volume& volume, const FileEntry& file, std::uint64_t offset,
                       std::span<std::byte> bytes,
                       const std::function<Result<std::vector<std::byte>>()>& read_resident) {
  if (!file.problem.empty())
    return plain_error(fmt::format("cannot read {}: {}", file.path, file.problem));
  if (file.storage == FileStorage::runs)
    return read_runs(volume, file.runs, file.size_bytes, offset, bytes);
  if (file.storage != FileStorage::resident)
    return plain_error(
        fmt::format("cannot read {}: it is stored {}", file.path,
                    file.storage == FileStorage::encrypted ? "encrypted" : "compressed"));
  TINTYPE_TRY(const std::vector<std::byte> content, read_resident());
  if (offset > content.size() || bytes.size() > content.size() - offset)
    return plain_error(fmt::format("cannot read {} bytes at offset {} of {}: it has {} bytes",
                                   bytes.size(), offset, file.path, content.size()));
  std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), bytes.begin());
  return {};
}

void report_shared_bytes(std::vector<FileEntry>& files) {
  std::vector<TaskPool::Number> claims;  // by its begin, which file's, and its end
  claims.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i)
    for (const FileRun& run : files[i].runs)
      claims.push_back({run.volume_offset, i, run.volume_offset + run.length});
  long_sort(std::span(claims));
  const auto report = [&](std::size_t one, std::size_t other, std::uint64_t at) {
    if (!files[one].problem.empty()) return;
    files[one].problem = fmt::format("its bytes at volume offset {} are also those of {}", at,
                                     one == other ? "another place in it" : files[other].path);
  };
  // The claim that reaches furthest so far is the one a later claim can collide with.
  std::size_t furthest = 0;
  for (std::size_t i = 1; i < claims.size(); ++i) {
    const auto& [begin, file, end] = claims[i];
    if (begin < claims[furthest].value) {
      report(file, claims[furthest].index, begin);
      report(claims[furthest].index, file, begin);
    }
    if (end > claims[furthest].value) furthest = i;
  }
  for (FileEntry& file : files)
    if (!file.problem.empty()) file.runs.clear();
}

}  // namespace tintype
