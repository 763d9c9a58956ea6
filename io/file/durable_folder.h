// A folder that nobody else writes to: made for it, filled, and then either renamed to what it was
// made for or gone with everything in it. The folder's counterpart of DurableFile.
#pragma once

#include <string>

#include "io/result.h"

namespace tintype {

class DurableFolder {
 public:
  // Makes it at `path`, for its owner alone whatever the umask, as far as the file system keeps
  // modes. file_exists: something of that name is there, which is left as it is.
  [[nodiscard]] static Result<DurableFolder> create(const std::string& path);
  DurableFolder(DurableFolder&& other) noexcept;
  DurableFolder& operator=(DurableFolder&&) = delete;
  ~DurableFolder();  // not committed: removes it

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Removes what is in it.
  void clear() const noexcept;
  // Its name is durable then; what lies in it has been synced by who wrote it. An existing name is
  // never replaced (file_exists).
  [[nodiscard]] Result<void> commit(const std::string& final_path);

 private:
  explicit DurableFolder(std::string path) noexcept;
  std::string path_;
};

}  // namespace tintype
