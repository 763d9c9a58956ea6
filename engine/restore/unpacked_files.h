// The files that were unpacked into a folder, to be read back. Opened from the folder down, and
// never waited for: what a hostile archive put in a file's place later is not followed.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/written_files.h"
#include "io/handle.h"

namespace tintype {

class UnpackedFiles final : public WrittenFiles {
 public:
  // `paths` from the folder down, by number.
  [[nodiscard]] static Result<UnpackedFiles> open(std::string folder,
                                                  std::vector<std::string> paths);

  [[nodiscard]] Result<std::optional<File>> reopen(std::size_t file) override;
  [[nodiscard]] std::string shown(std::size_t file) const override {
    return folder_ + "/" + paths_[file];
  }
  // Paths of those that could not be opened because their own or a folder's mode forbids it.
  [[nodiscard]] const std::vector<std::string>& forbidden() const noexcept { return forbidden_; }

 private:
  UnpackedFiles(Handle handle, std::string folder, std::vector<std::string> paths)
      : handle_(std::move(handle)), folder_(std::move(folder)), paths_(std::move(paths)) {}

  Handle handle_;
  std::string folder_;
  std::vector<std::string> paths_, forbidden_;
};

}  // namespace tintype
