// Where the files that a disk image names may lie: in its own folder or below it, and nowhere else.
// An image may come from anybody, and the file it says it is based on could be any file of this
// machine, a device, or a server.
#pragma once

#include <string>

#include "io/result.h"

namespace tintype {

class ImageFolder {
 public:
  // The folder of the image that the user named.
  [[nodiscard]] static Result<ImageFolder> of(const std::string& image);

  // A regular file by the name that `by`, a file of the folder, has for it: its path without links
  // and dots. Errors: it is missing, lies elsewhere, is no regular file, or the name is none of a
  // file.
  [[nodiscard]] Result<std::string> find(const std::string& by, const std::string& name) const;

 private:
  explicit ImageFolder(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;  // ends in "/"
};

}  // namespace tintype
