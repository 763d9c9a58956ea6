// A raw file, a device or a disk image is nobody's snapshot: whether it changed while it was read
// is seen by looking twice.
#pragma once

#include <string>
#include <vector>

#include "io/folder/folder_problems.h"
#include "io/source/volume_spec.h"
#include "io/storage/storage_stamp.h"

namespace tintype {

class SourceWatch {
 public:
  // Before the first byte is read: every file that the source is made of, and the device.
  [[nodiscard]] static Result<SourceWatch> begin(const VolumeSpec& source);
  // After the last one. What was changed, replaced or cut is added to `problems`; so is who has it
  // open for writing or mounted, unless that is allowed.
  void end(bool allow_in_use, FolderProblems& problems);

  // Somebody could be watched: not an NBD export of a server elsewhere.
  [[nodiscard]] bool watched() const noexcept { return !watched_.empty(); }
  // Who had it open for writing or mounted, then or now, by the source's path; "" if nobody.
  [[nodiscard]] const std::string& in_use() const noexcept { return in_use_; }

 private:
  struct Watched {
    StorageShare share;
    StorageStamp before;
  };
  void watch(const StorageFootprint& footprint);
  [[nodiscard]] std::string user() const;

  std::vector<VolumeSpec> sources_;  // and the files below a disk image
  std::vector<Watched> watched_;
  std::string in_use_;
};

// A path as FolderProblems takes it.
[[nodiscard]] std::string problem_path(const std::string& path);

}  // namespace tintype
