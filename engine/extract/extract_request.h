// Whether one PATH of an extraction asks for a file: by its very path, by a glob, or by a folder
// above it.
#pragma once

#include <string>

namespace tintype {

class ExtractRequest {
 public:
  explicit ExtractRequest(std::string path);
  [[nodiscard]] bool fits(const std::string& path) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_, literal_, below_;
};

}  // namespace tintype
