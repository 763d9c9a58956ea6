// The image of a folder as a file system: its index tells the files and where their data lie.
#pragma once

#include "io/filesystem/filesystem_map.h"

namespace tintype {

inline constexpr const char* kFolderType = "folder";  // what the probe calls it

[[nodiscard]] bool is_folder_image(const Volume& volume);
// An error if the volume is no folder's image, or its index is damaged.
[[nodiscard]] Result<std::unique_ptr<FilesystemMap>> open_folder_map(const Volume& volume);

}  // namespace tintype
