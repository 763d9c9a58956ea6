#include "io/file/durable_folder.h"

#include <filesystem>
#include <utility>

#include "io/file/durable_file.h"

namespace tintype {

namespace fs = std::filesystem;

DurableFolder::DurableFolder(std::string path) noexcept : path_(std::move(path)) {}
DurableFolder::DurableFolder(DurableFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

DurableFolder::~DurableFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<DurableFolder> DurableFolder::create(const std::string& path) {
  TINTYPE_TRY(const bool made, make_folder_durably(path, Permissions::owner_only));
  if (!made) return system_error(static_cast<int>(std::errc::file_exists), "make the folder", path);
  DurableFolder folder(path);
  std::error_code code;
  fs::permissions(path, fs::perms::owner_all, code);
  if (code && code != std::errc::operation_not_permitted &&
      code != std::errc::operation_not_supported)
    return system_error(code.value(), "set the mode of", path);
  return folder;
}

void DurableFolder::clear() const noexcept {
  std::error_code ignored;
  for (fs::directory_iterator entry(path_, ignored), end; !ignored && entry != end;
       entry.increment(ignored))
    fs::remove_all(entry->path(), ignored);
}

Result<void> DurableFolder::commit(const std::string& final_path) {
  TINTYPE_CHECK(rename_durably(path_, final_path));
  path_.clear();
  return {};
}

}  // namespace tintype
