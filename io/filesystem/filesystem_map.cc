#include "io/filesystem/filesystem_map.h"

#include "io/filesystem/glob_set.h"

namespace tintype {

Result<std::vector<FileEntry>> FilesystemMap::find(const std::vector<std::string>& globs) const {
  return find([wanted = GlobSet(globs)](const std::string& path) { return wanted.matches(path); });
}

}  // namespace tintype
