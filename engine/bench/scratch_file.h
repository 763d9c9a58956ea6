// A file to measure with: its name is gone as soon as it is open, so nothing is left behind,
// however the program ends.
#pragma once

#include <string>

#include "io/file/file.h"

namespace tintype {

class ScratchFile {
 public:
  // In this folder, with room for so many bytes.
  [[nodiscard]] static Result<ScratchFile> create(const std::string& folder, std::uint64_t bytes,
                                                  Caching caching);
  [[nodiscard]] const File& file() const noexcept { return file_; }

 private:
  explicit ScratchFile(File file) : file_(std::move(file)) {}
  File file_;
};

}  // namespace tintype
