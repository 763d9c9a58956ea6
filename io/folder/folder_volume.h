// A folder as a volume: what is read is its image, a pax archive (folder_format.h). Folders keep
// being used; this one is looked at when it is opened, and finish() tells what changed since.
#pragma once

#include <memory>

#include "io/folder/folder_layout.h"
#include "io/volume/volume.h"

namespace tintype {

class FolderVolume : public Volume {
 public:
  [[nodiscard]] virtual const FolderLayout& layout() const noexcept = 0;
  // After the last read: everything that is not in the image, or not as it was when the volume was
  // opened. Looks at the whole tree again.
  [[nodiscard]] virtual FolderProblems finish(const std::function<bool()>& go_on) const = 0;
  // Where in that part zeros stand for what files lost before they were read: true of every read
  // that has come to its end. Normalized.
  [[nodiscard]] virtual ExtentList stand_ins(Extent within) const = 0;
};

[[nodiscard]] Result<std::unique_ptr<FolderVolume>> open_folder_volume(
    const std::string& path, const FolderLayoutOptions& options);

}  // namespace tintype
