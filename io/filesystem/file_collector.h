// What a map gathers while it looks for files: bounded, and in the order that
// FilesystemMap::find() promises, whatever the order on the medium.
#pragma once

#include <cstddef>
#include <vector>

#include "io/filesystem/file_runs.h"
#include "io/filesystem/filesystem_map.h"

namespace tintype {

class FileCollector {
 public:
  struct Limits {
    std::size_t files = kFilesFoundMax;  // and as many nodes
    std::size_t runs = kFileRunsMax;     // of all files together
  };
  // `beside` null: nobody asked for nodes, and none are kept.
  explicit FileCollector(FoundBeside* beside) noexcept : FileCollector(beside, Limits{}) {}
  FileCollector(FoundBeside* beside, Limits limits) noexcept : beside_(beside), limits_(limits) {}

  // More was added than the limits allow: nothing more is kept, and finish() is an error.
  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
  [[nodiscard]] static tl::unexpected<Error> too_many_files();
  // A file for whose runs there is no room loses them, with a problem.
  void add(FileEntry file);
  void add(FileNode node);
  // So many more files may come: room for them is made at once.
  void expect(std::size_t more);

  // Whether files that claim the same bytes are to be told (report_shared_bytes).
  enum class Claims : std::uint8_t { trusted, compared };
  // The files by their paths, and so the nodes in `beside`.
  [[nodiscard]] Result<std::vector<FileEntry>> finish(Claims claims) &&;

 private:
  FoundBeside* beside_;
  Limits limits_;
  std::vector<FileEntry> files_;
  std::size_t runs_ = 0;
  bool overflowed_ = false;
};

}  // namespace tintype
