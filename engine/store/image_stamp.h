// What the kernel says of an image's file, to tell later whether it is still the same one.
#pragma once

#include "io/file/file.h"
#include "io/folder/folder_tree.h"

namespace tintype {

[[nodiscard]] Result<FileStamp> image_stamp(const std::string& path);
[[nodiscard]] Result<FileStamp> image_stamp(const File& file);

}  // namespace tintype
