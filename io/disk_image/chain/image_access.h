// How a disk image may be opened, and who hears about it.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace tintype {

struct ImageAccess {
  // What an image is based on lies in its own folder or below, or in one of these or below.
  std::vector<std::string> allowed_folders;
  // One line that the user must see of an image that can be read all the same. May be empty.
  std::function<void(const std::string& line)> remark;
  // Once set, reads from another process are not waited for any more.
  const std::atomic<bool>* stop = nullptr;
};

}  // namespace tintype
