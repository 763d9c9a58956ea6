// Where the files that a disk image names may lie: in its own folder or below it, in one that the
// user allows or below that, and nowhere else. An image may come from anybody, and the file it says
// it is based on could be any file of this machine, a device, or a server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/result.h"

namespace tintype {

class ImageFolders {
 public:
  // The folder of the image that the user named, and those that he allowed. Errors: one of them is
  // none.
  [[nodiscard]] static Result<ImageFolders> of(const std::string& image,
                                               const std::vector<std::string>& allowed);

  // A regular file by the name that `by`, one of the image's files, has for it: its path without
  // links and dots. Errors: it is missing, lies elsewhere, is no regular file, or the name is none
  // of a file.
  [[nodiscard]] Result<std::string> find_there(const std::string& by,
                                               const std::string& name) const;
  // The same; and what is not there, or may not be, is looked for in the allowed folders under the
  // last part of its name.
  [[nodiscard]] Result<std::string> find(const std::string& by, const std::string& name) const;

 private:
  explicit ImageFolders(std::vector<std::string> folders) : folders_(std::move(folders)) {}
  [[nodiscard]] Result<std::string> find_there(const std::string& by, const std::string& name,
                                               std::string_view if_missing) const;
  [[nodiscard]] bool holds(const std::string& path) const;
  std::vector<std::string> folders_;  // end in "/"; the image's own first
};

}  // namespace tintype
