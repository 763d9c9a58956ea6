#include <sys/stat.h>

#include <filesystem>

#include "engine/store/set_folder.h"

namespace tintype {

std::uint64_t occupied_bytes_in(const std::string& folder) {
  constexpr std::uint64_t kUnit = 512;  // of st_blocks
  std::uint64_t sum = 0;
  std::error_code code;
  for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_nlink == 1)
      sum += static_cast<std::uint64_t>(status.st_blocks) * kUnit;
  }
  return sum;
}

}  // namespace tintype
