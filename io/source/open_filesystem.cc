#include "io/source/open_filesystem.h"

#include "io/filesystem/ext/ext_map.h"
#include "io/filesystem/ntfs/ntfs_map.h"
#include "io/folder/folder_map.h"
#include "io/source/disk_map.h"

namespace tintype {

Result<std::unique_ptr<FilesystemMap>> open_filesystem_map(const Volume& volume,
                                                           const FilesystemProbe& probe) {
  if (probe.type == "ntfs") return open_ntfs_map(volume);
  if (probe.type == "ext2" || probe.type == "ext3" || probe.type == "ext4")
    return open_ext_map(volume);
  if (probe.type == kFolderType) return open_folder_map(volume);
  if (is_partition_scheme(probe.type)) return open_disk_map(volume);
  return nullptr;
}

}  // namespace tintype
