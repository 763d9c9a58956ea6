#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "hashing/counted.h"
#include "io/folder/file_stamp_linux.h"
#include "io/folder/folder_tree.h"

namespace tintype {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::uint64_t kTableMax = std::numeric_limits<std::uint32_t>::max() - 1;

tl::unexpected<Error> too_many(const std::string& path) {
  return plain_error(fmt::format("{} holds too many files for one backup", path),
                     "back up the folders in it one by one");
}

std::string what_changed(const FileStamp& before, const FileStamp& now, bool is_folder) {
  if (before.inode != now.inode) return "was replaced while the folder was read";
  if (is_folder) return "changed while it was read: files were added, removed or renamed";
  if (before.size_bytes != now.size_bytes)
    return fmt::format("changed while the folder was read: from {} to {}", before.size_bytes,
                       counted(now.size_bytes, "byte"));
  return before.modified_ns != now.modified_ns
             ? "changed while the folder was read: it was written to"
             : "changed while the folder was read: its metadata or links";
}

std::string what_failed(int error_number) {
  if (error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP)
    return "was removed or renamed while the folder was read";
  return fmt::format("cannot be looked at again: {}",
                     std::generic_category().message(error_number));
}

}  // namespace

FileStamp stamp_of(const struct stat& status) {
  const auto ns = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {.inode = status.st_ino,
          .size_bytes = S_ISDIR(status.st_mode) ? 0 : static_cast<std::uint64_t>(status.st_size),
          .modified_ns = ns(status.st_mtim),
          .changed_ns = ns(status.st_ctim),
          .mode = static_cast<std::uint16_t>(status.st_mode & 07777)};
}

Result<FolderTree> FolderTree::open(const std::string& path) {
  FolderTree tree;
  tree.path_ = path;
  while (tree.path_.size() > 1 && tree.path_.ends_with('/')) tree.path_.pop_back();
  tree.top_ = Handle(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!tree.top_.is_open()) return system_error(errno, "open the folder", path);
  struct stat status {};
  if (::fstat(tree.top_.get(), &status) != 0) return system_error(errno, "inspect", path);
  tree.device_ = status.st_dev;
  TINTYPE_CHECK(tree.add_folder(kTop, "", stamp_of(status)));
  return tree;
}

std::string FolderTree::path_of(std::uint32_t folder) const {
  std::vector<const char*> names;
  for (; folder != kTop; folder = folders_[folder].parent)
    names.push_back(name_of(folders_[folder]));
  std::string path;
  for (auto name = names.rbegin(); name != names.rend(); ++name)
    path += (path.empty() ? "" : "/") + std::string(*name);
  return path;
}

std::string FolderTree::path_of(const File& file) const {
  const std::string folder = path_of(file.folder);
  return folder.empty() ? name_of(file) : folder + "/" + name_of(file);
}

std::uint64_t FolderTree::stored_bytes(std::size_t file) const {
  const std::uint64_t behind =
      file + 1 < files_.size() ? files_[file + 1].stored_before : stored_total_;
  return behind - files_[file].stored_before;
}

ExtentList FolderTree::runs_of(const File& file) const {
  if (file.runs == kNotSparse) return normalized({{0, file.stamp.size_bytes}});
  const auto first = runs_.begin() + file.first_run;
  return {first, first + file.runs};
}

Handle FolderTree::open_folder(std::uint32_t folder, int& error_number) const {
  std::vector<const char*> names;
  for (; folder != kTop; folder = folders_[folder].parent)
    names.push_back(name_of(folders_[folder]));
  Handle at(::openat(top_.get(), ".", kFolderFlags));
  for (auto name = names.rbegin(); at.is_open() && name != names.rend(); ++name)
    at = Handle(::openat(at.get(), *name, kFolderFlags));
  error_number = at.is_open() ? 0 : errno;
  return at;
}

Result<std::uint32_t> FolderTree::add_name(const std::string& name) {
  if (names_.size() + name.size() >= kTableMax) return too_many(path_);
  const auto at = static_cast<std::uint32_t>(names_.size());
  names_ += name;
  names_ += '\0';
  return at;
}

Result<std::uint32_t> FolderTree::add_folder(std::uint32_t parent, const std::string& name,
                                             const FileStamp& stamp) {
  if (folders_.size() >= kTableMax) return too_many(path_);
  TINTYPE_TRY(const std::uint32_t name_at, add_name(name));
  folders_.push_back({.parent = parent, .name_at = name_at, .stamp = stamp});
  return static_cast<std::uint32_t>(folders_.size() - 1);
}

Result<void> FolderTree::add_file(std::uint32_t folder, const std::string& name,
                                  const FileStamp& stamp, std::uint64_t data_at, bool sparse,
                                  const ExtentList& runs) {
  if (files_.size() >= kTableMax || runs_.size() + runs.size() >= kTableMax) return too_many(path_);
  TINTYPE_TRY(const std::uint32_t name_at, add_name(name));
  File file{.stamp = stamp,
            .data_at = data_at,
            .stored_before = stored_total_,
            .folder = folder,
            .name_at = name_at};
  if (sparse) {
    file.first_run = static_cast<std::uint32_t>(runs_.size());
    file.runs = static_cast<std::uint32_t>(runs.size());
    runs_.insert(runs_.end(), runs.begin(), runs.end());
  }
  files_.push_back(file);
  stored_total_ += sparse ? total_bytes(runs) : stamp.size_bytes;
  return {};
}

void FolderTree::find_changes(
    const std::function<void(const std::string& path, std::string what)>& changed,
    const std::function<bool()>& go_on) const {
  std::uint32_t open = kTop;
  int error_number = 0;
  Handle folder = open_folder(open, error_number);
  const auto reach = [&](std::uint32_t wanted) {
    if (wanted != std::exchange(open, wanted)) folder = open_folder(wanted, error_number);
    return folder.is_open();
  };
  for (std::uint32_t i = 0; i < folders_.size() && go_on(); ++i) {
    struct stat now {};
    if (!reach(i) || ::fstat(folder.get(), &now) != 0)
      changed(path_of(i), what_failed(folder.is_open() ? errno : error_number));
    else if (stamp_of(now) != folders_[i].stamp)
      changed(path_of(i), what_changed(folders_[i].stamp, stamp_of(now), true));
  }
  for (std::size_t i = 0; i < files_.size() && go_on(); ++i) {
    const File& file = files_[i];
    struct stat now {};
    if (!reach(file.folder)) continue;  // told of the folder
    if (::fstatat(folder.get(), name_of(file), &now, AT_SYMLINK_NOFOLLOW) != 0)
      changed(path_of(file), what_failed(errno));
    else if (stamp_of(now) != file.stamp)
      changed(path_of(file), what_changed(file.stamp, stamp_of(now), false));
  }
}

}  // namespace tintype
