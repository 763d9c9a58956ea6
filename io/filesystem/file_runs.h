// Lists of FileRun: building them, reading a file through them, and what two files may not share.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "io/filesystem/filesystem_map.h"

namespace tintype {

// A file in more pieces than this is not mapped (it gets a problem): 384 MiB of runs.
constexpr std::size_t kFileRunsMax = std::size_t{16} << 20;

// Appends a run that follows the others in the file, joining it to the last one where both the
// file's and the volume's bytes go on. Nothing is appended for an empty one.
void append_run(std::vector<FileRun>& runs, const FileRun& run);
// Drops what lies at or past `end` in the file.
void clip_runs(std::vector<FileRun>& runs, std::uint64_t end);

// Fills `bytes` from a file of `size_bytes` through its runs; zeros where no run is.
[[nodiscard]] Result<void> read_runs(const Volume& volume, std::span<const FileRun> runs,
                                     std::uint64_t size_bytes, std::uint64_t offset,
                                     std::span<std::byte> bytes);

// FilesystemMap::read() of a file whose runs are those of `volume`. `read_resident` gives all of
// one that lies inside a metadata record.
[[nodiscard]] Result<void> read_file(
    const Volume& volume, const FileEntry& file, std::uint64_t offset, std::span<std::byte> bytes,
    const std::function<Result<std::vector<std::byte>>()>& read_resident);

// Two files, or two places in one file, that claim the same bytes of the volume: each such file
// gets a problem, for at most one of them can be right.
void report_shared_bytes(std::vector<FileEntry>& files);

}  // namespace tintype
