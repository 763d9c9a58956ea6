#include "engine/job/confirm_preflight.h"

#include "io/storage/mounted_filesystem.h"

namespace tintype {

Result<void> check_live_logs(const ConfirmOptions& options) {
  for (const std::string& directory : options.truncate_directories)
    if (auto usable = check_folder(directory, !options.dry_run); !usable) {
      Error error = std::move(usable).error();
      error.hint = "it has to be the live log directory, and its logs are to be deleted";
      return tl::unexpected(std::move(error));
    }
  return {};
}

}  // namespace tintype
