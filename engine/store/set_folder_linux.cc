#include <sys/stat.h>

#include <filesystem>

#include "engine/store/set_folder.h"

namespace tintype {

ImageStore::Sizes sizes_in(const std::string& folder) {
  constexpr std::uint64_t kUnit = 512;  // of st_blocks
  ImageStore::Sizes sum;
  std::error_code code;
  for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    sum.bytes += static_cast<std::uint64_t>(status.st_size);
    if (status.st_nlink == 1)
      sum.occupied_bytes += static_cast<std::uint64_t>(status.st_blocks) * kUnit;
  }
  return sum;
}

}  // namespace tintype
