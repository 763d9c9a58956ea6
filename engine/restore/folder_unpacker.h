// Unpacks the archive in a folder's image into an empty folder, in a thread of its own.
//
// libarchive reads the headers and makes the files; what it is given has been compared with its
// digests, chunk by chunk. The archive is hostile all the same: names must lead down, nothing is
// written through a link, and the thread stands in the folder, so that no name is a path from
// anywhere else.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/flow/written_files.h"
#include "io/folder/folder_problems.h"
#include "io/volume/volume.h"

namespace tintype {

class FolderUnpacker {
 public:
  struct Unpacked {
    // The metadata that could not be set, and devices that could not be made; everything else is
    // there, and synced.
    FolderProblems problems;
    // For reading it back: data of files, and the files' paths, from the folder down.
    std::vector<WrittenPart> parts;
    std::vector<std::string> paths;
  };
  // Starts at once; libarchive is loaded. `archive` outlives it. Parts are noted only if they will
  // be read back.
  FolderUnpacker(const Volume& archive, std::string folder, bool note_parts);
  ~FolderUnpacker();
  FolderUnpacker(const FolderUnpacker&) = delete;
  FolderUnpacker& operator=(const FolderUnpacker&) = delete;

  void stop() noexcept { stop_ = true; }  // at the next block
  [[nodiscard]] bool has_ended(std::chrono::milliseconds wait);
  [[nodiscard]] std::uint64_t read_bytes() const noexcept { return read_bytes_; }
  [[nodiscard]] std::uint64_t written_bytes() const noexcept { return written_bytes_; }
  // After it has ended, once.
  [[nodiscard]] Result<Unpacked> finish();

 private:
  class Run;

  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> read_bytes_{0}, written_bytes_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<Result<Unpacked>> result_;
  std::thread thread_;
};

}  // namespace tintype
