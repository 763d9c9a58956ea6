// The files of an ext file system: the walk through its folders, and a file's map.
#pragma once

#include <functional>

#include "io/filesystem/ext/ext_library.h"
#include "io/filesystem/filesystem_map.h"

namespace tintype {

struct ExtFile {
  std::string path;
  ext2_ino_t inode_number = 0;
  ext2_inode_large inode = {};  // what lies behind the first 128 bytes is zero in small ones
  std::string problem;          // the inode cannot be read
};

// Every regular file whose path is wanted, each once, whatever number of links it has. An error if
// a folder cannot be read: a file might be missing, and nobody would know. With `unread_folders` it
// is named there, and the walk goes on.
// `expect` is told before each folder how many files of it are visited at most. `visit_other` is
// shown what else is wanted: folders, links, devices, and a visited file's further names.
[[nodiscard]] Result<void> walk_ext_files(const ExtLibrary& library,
                                          const std::function<bool(const std::string&)>& wanted,
                                          const std::function<void(ExtFile&&)>& visit,
                                          std::vector<std::string>* unread_folders = nullptr,
                                          const std::function<void(std::size_t)>& expect = {},
                                          const std::function<void(ExtFile&&)>& visit_other = {});

// Of its content.
[[nodiscard]] std::timespec ext_modified_time(const ExtLibrary& library,
                                              const ext2_inode_large& inode);

[[nodiscard]] FileEntry map_ext_file(const ExtLibrary& library, ExtFile&& file);

// The content of a file that lies in its inode.
[[nodiscard]] Result<std::vector<std::byte>> read_ext_inline(const ExtLibrary& library,
                                                             const FileEntry& file);

}  // namespace tintype
