// What of an ext file system has a path and is no file: folders, links, devices.
#pragma once

#include "io/filesystem/ext/ext_files.h"

namespace tintype {

// Of anything but a regular file. A symbolic link's text is read from `volume`.
[[nodiscard]] FileNode ext_node(const ExtLibrary& library, const Volume& volume, ExtFile&& file);

}  // namespace tintype
