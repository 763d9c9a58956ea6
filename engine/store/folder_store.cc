#include "engine/store/folder_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "engine/image/read/image_source.h"
#include "engine/manifest/set_name.h"
#include "engine/store/image_stamp.h"
#include "engine/store/set_folder.h"
#include "io/storage/mounted_filesystem.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

class FolderLock final : public StoreLock {
 public:
  explicit FolderLock(FileLock lock) : lock_(std::move(lock)) {}

 private:
  FileLock lock_;
};

}  // namespace

Result<FileStamp> NewImageFile::commit() {
  const std::string path = file_.final_path();
  TINTYPE_TRY(const FileStamp written, image_stamp(file_.file()));
  TINTYPE_CHECK(file_.commit());
  // The rename is a change of its own, but not of what is in the file.
  TINTYPE_TRY(const FileStamp named, image_stamp(path));
  if (named.inode != written.inode || named.size_bytes != written.size_bytes)
    return plain_error(fmt::format("{} was replaced while it was finished", path),
                       "is another backup writing to the same place?");
  return named;
}

std::optional<std::uint64_t> FolderStore::free_bytes() const {
  const auto disk = mounted_filesystem_of(path_);
  if (!disk) return std::nullopt;
  return disk->free_bytes;
}

std::size_t FolderStore::name_bytes_max() const {
  return tintype::name_bytes_max(path_);
}

Result<std::string> FolderStore::read_text(std::string_view object, std::uint64_t bytes_max) const {
  const std::string path = path_of(object);
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  if (file.geometry().size_bytes > bytes_max)
    return plain_error(fmt::format("{} is too large to be what its name says", path));
  std::string text(file.geometry().size_bytes, '\0');
  TINTYPE_TRY(const std::size_t got, file.read_at(0, std::as_writable_bytes(std::span(text))));
  text.resize(got);
  return text;
}

Result<void> FolderStore::write_text(std::string_view object, std::string_view text,
                                     Permissions permissions) const {
  return write_durably(path_of(object), text, permissions);
}

Result<void> FolderStore::write_beside_sets(std::string_view object, std::string_view text) const {
  const std::string path = path_of(object), folder = fs::path(path).parent_path().string();
  std::error_code code;
  if (fs::create_directory(folder, sets_path(), code)) TINTYPE_CHECK(sync_directory(path_));
  if (code) return system_error(code.value(), "make", folder);
  const bool open =
      (fs::status(folder, code).permissions() & fs::perms::group_read) == fs::perms::group_read;
  return write_durably(path, text, open ? Permissions::by_umask : Permissions::owner_only);
}

void FolderStore::discard(std::string_view object) const noexcept {
  std::error_code ignored;
  fs::remove(path_of(object), ignored);
}

Result<std::vector<std::string>> FolderStore::list(std::string_view object) const {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator entry(path_of(object), code), end; !code && entry != end;
       entry.increment(code))
    names.push_back(entry->path().filename());
  if (code) return system_error(code.value(), "list", path_of(object));
  std::ranges::sort(names);
  return names;
}

Result<std::unique_ptr<StoreLock>> FolderStore::try_lock(std::string_view object) const {
  TINTYPE_TRY(FileLock lock, FileLock::try_lock(path_of(object), FileLock::IfMissing::fail));
  return std::make_unique<FolderLock>(std::move(lock));
}

Result<std::unique_ptr<StoreLock>> FolderStore::withdraw_set(const std::string& name,
                                                             std::string_view begun) const {
  const auto is = [](const Error& error, auto... codes) { return ((error.code == codes) || ...); };
  // Two who remove it, or one who removes it while the other still commits it, meet here. Where
  // there are no locks the rename alone decides.
  auto lock = FileLock::try_lock(path_of(set_object(name, kLockName)), FileLock::IfMissing::create);
  if (!lock && is(lock.error(), std::errc::resource_unavailable_try_again,
                  std::errc::permission_denied, std::errc::read_only_file_system))
    return tl::unexpected(lock.error());
  // So that whoever finds what a kill left knows that it is of no use. Not worth failing for: the
  // disk may be full, which may be why the set is to go.
  static_cast<void>(write_text(set_object(name, kBegunName), begun, Permissions::owner_only));
  // Holds: there is no finished set of this name any more, whatever happens to us.
  const std::string path = path_of(set_object(name));
  TINTYPE_CHECK(rename_durably(path, fmt::format("{}{}", path, kPartialSuffix)));
  std::unique_ptr<StoreLock> held;
  if (lock) held = std::make_unique<FolderLock>(*std::move(lock));
  return held;
}

Result<std::shared_ptr<const File>> FolderStore::open_image(std::string_view object) const {
  return open_image_file(path_of(object));
}

Result<std::unique_ptr<NewImage>> FolderStore::create_image(std::string_view object,
                                                            Permissions permissions) const {
  TINTYPE_TRY(DurableFile file,
              DurableFile::create(path_of(object), Caching::direct_if_possible, permissions));
  return std::make_unique<NewImageFile>(std::move(file));
}

Result<FileStamp> FolderStore::stamp_of(std::string_view object) const {
  return image_stamp(path_of(object));
}

}  // namespace tintype
