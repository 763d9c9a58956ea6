#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/file/folder_names.h"

namespace tintype {

Result<std::vector<std::string>> names_in(const Handle& folder, const std::string& shown) {
  const int copy = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) {
    const int error_number = errno;
    if (copy >= 0) ::close(copy);
    return system_error(error_number, "read the folder", shown);
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  const int error_number = errno;
  ::closedir(stream);
  if (error_number != 0) return system_error(error_number, "read the folder", shown);
  std::ranges::sort(names);
  return names;
}

}  // namespace tintype
