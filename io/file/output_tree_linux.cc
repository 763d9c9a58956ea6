// Every step from the folder down is an openat() that follows no link: what a name leads to is
// never asked of the kernel as a path.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <utility>
#include <vector>

#include "io/file/folder_names.h"
#include "io/file/mount_table.h"
#include "io/file/output_tree.h"
#include "io/in_flight.h"

namespace tintype {
namespace {

const char* const kAside = kOutputAside.data();  // a literal: it ends in NUL
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

bool is_link_or_no_folder(int error_number) noexcept {
  return error_number == ELOOP || error_number == ENOTDIR;
}

// A time or a mode that this file system cannot keep is no reason to lose the file.
bool keeps_no_such(int error_number) noexcept {
  return error_number == EINVAL || error_number == EOVERFLOW || error_number == ERANGE ||
         error_number == EPERM || error_number == EOPNOTSUPP;
}

tl::unexpected<Error> in_the_way(const std::string& path) {
  return plain_error(fmt::format("cannot put files below {}: it is a link or no folder", path),
                     "remove it, or extract to another folder");
}

}  // namespace

struct OutputTree::State {
  std::string path;
  Permissions permissions = Permissions::owner_only;
  Handle root, aside;
  bool locked = false;
  // Files of one folder mostly come together.
  std::string last_folder;
  Handle last;
  std::set<std::string> made_folders;               // by this run
  std::set<std::pair<std::uint64_t, ino_t>> named;  // by this run, if it may replace

  // What of a mode that came with the data is given. Never set-user-ID: here the file is another
  // user's. "All may read" was said where those who may were others.
  [[nodiscard]] mode_t kept_of(std::uint16_t mode) const {
    return mode & (permissions == Permissions::owner_only ? 0700 : 0777);
  }
  [[nodiscard]] mode_t folder_mode() const {
    return permissions == Permissions::owner_only ? 0700 : 0777;
  }
  [[nodiscard]] std::string shown(const std::string& below) const { return path + "/" + below; }
  // The folder at a path below the root, made where it is missing. No link is followed.
  [[nodiscard]] Result<int> folder_at(const std::string& folder);
  void remove_aside() {
    if (const auto names = names_in(aside, path))
      for (const std::string& name : *names) ::unlinkat(aside.get(), name.c_str(), 0);
    ::unlinkat(root.get(), kAside, AT_REMOVEDIR);
  }
};

Result<int> OutputTree::State::folder_at(const std::string& folder) {
  if (folder.empty()) return root.get();
  if (last.is_open() && last_folder == folder) return last.get();
  Handle at(::openat(root.get(), ".", kFolderFlags));
  if (!at.is_open()) return system_error(errno, "open the folder", path);
  for (std::size_t begin = 0; begin < folder.size();) {
    const std::size_t end = std::min(folder.find('/', begin), folder.size());
    const std::string component = folder.substr(begin, end - begin);
    const std::string so_far = shown(folder.substr(0, end));
    if (::mkdirat(at.get(), component.c_str(), folder_mode()) == 0)
      made_folders.insert(folder.substr(0, end));
    else if (errno != EEXIST)
      return system_error(errno, "make the folder", so_far);
    Handle next(::openat(at.get(), component.c_str(), kFolderFlags));
    if (!next.is_open())
      return is_link_or_no_folder(errno) ? Result<int>(in_the_way(so_far))
                                         : system_error(errno, "open the folder", so_far);
    at = std::move(next);
    begin = end + 1;
  }
  last = std::move(at);
  last_folder = folder;
  return last.get();
}

OutputTree::OutputTree(std::unique_ptr<State> state) : state_(std::move(state)) {}
OutputTree::OutputTree(OutputTree&&) noexcept = default;

OutputTree::~OutputTree() {
  if (state_ != nullptr && state_->locked) state_->remove_aside();
}

Result<OutputTree> OutputTree::open(const std::string& path, Permissions permissions) {
  const InFlightMark mark("opening", path);
  TINTYPE_CHECK(refuse_device_folder(path));
  auto state = std::make_unique<State>();
  state->path = path;
  state->permissions = permissions;
  while (state->path.size() > 1 && state->path.ends_with('/')) state->path.pop_back();
  if (::mkdir(path.c_str(), state->folder_mode()) != 0 && errno != EEXIST)
    return system_error(errno, "make the folder", path,
                        errno == ENOENT ? "make the folder above it first" : "");
  state->root = Handle(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!state->root.is_open()) return system_error(errno, "open the folder", path);
  const std::string aside_path = state->shown(kAside);
  // Twice: another run that ends may remove the folder between the two steps.
  for (int tries = 0;; ++tries) {
    if (::mkdirat(state->root.get(), kAside, 0700) != 0 && errno != EEXIST)
      return system_error(errno, "make the folder", aside_path);
    state->aside = Handle(::openat(state->root.get(), kAside, kFolderFlags));
    if (!state->aside.is_open() && errno == ENOENT && tries < 100) continue;
    if (!state->aside.is_open())
      return is_link_or_no_folder(errno) ? Result<OutputTree>(in_the_way(aside_path))
                                         : system_error(errno, "open the folder", aside_path);
    if (::flock(state->aside.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
      return plain_error(fmt::format("another run is putting files into {}", path),
                         "wait for its end, or use another folder");
    // A file system without locks: go on without.
    struct stat held = {}, named = {};
    if (::fstat(state->aside.get(), &held) == 0 &&
        ::fstatat(state->root.get(), kAside, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        held.st_dev == named.st_dev && held.st_ino == named.st_ino)
      break;
    if (tries == 100) return plain_error(fmt::format("cannot keep the folder {}", aside_path));
  }
  state->locked = true;
  TINTYPE_TRY(const auto left_overs, names_in(state->aside, aside_path));
  for (const std::string& left_over : left_overs)
    if (::unlinkat(state->aside.get(), left_over.c_str(), 0) != 0)
      return system_error(errno, "remove the unfinished", aside_path + "/" + left_over);
  return OutputTree(std::move(state));
}

Result<std::uint64_t> OutputTree::free_bytes() const {
  struct statvfs status = {};
  if (::fstatvfs(state_->root.get(), &status) != 0)
    return system_error(errno, "ask for the free space of", state_->path);
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

Result<OutputTree::Taken> OutputTree::taken(const std::string& path) const {
  Handle at(::openat(state_->root.get(), ".", kFolderFlags));
  if (!at.is_open()) return system_error(errno, "open the folder", state_->path);
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string component = path.substr(begin, end - begin);
    struct stat status = {};
    if (::fstatat(at.get(), component.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return Taken::no;
      return system_error(errno, "inspect", state_->shown(path.substr(0, end)));
    }
    const bool is_last = end == path.size();
    if (is_last)
      return S_ISREG(status.st_mode) || S_ISLNK(status.st_mode) ? Taken::by_file : Taken::by_other;
    if (!S_ISDIR(status.st_mode)) return Taken::by_other;
    Handle next(::openat(at.get(), component.c_str(), kFolderFlags));
    if (!next.is_open())
      return system_error(errno, "open the folder", state_->shown(path.substr(0, end)));
    at = std::move(next);
    begin = end + 1;
  }
  return Taken::by_other;  // the folder itself
}

Result<File> OutputTree::create(std::size_t number, const std::string& shown,
                                Caching caching) const {
  return File::create_in(state_->aside.get(), std::to_string(number), shown, caching,
                         state_->permissions);
}

Result<File> OutputTree::reopen(std::size_t number, const std::string& shown,
                                Caching caching) const {
  return File::open_in(state_->aside.get(), std::to_string(number), shown, caching);
}

Result<void> OutputTree::link(std::size_t number, std::size_t other) const {
  const int aside = state_->aside.get();
  if (::linkat(aside, std::to_string(number).c_str(), aside, std::to_string(other).c_str(), 0) == 0)
    return {};
  return system_error(errno, "link a file in", state_->path);
}

Result<void> OutputTree::link_to_text(std::size_t number, const std::string& text) const {
  if (::symlinkat(text.c_str(), state_->aside.get(), std::to_string(number).c_str()) == 0)
    return {};
  return system_error(errno, "make a symbolic link in", state_->path);
}

Result<void> OutputTree::set_mode(std::size_t number, std::optional<std::uint16_t> mode) const {
  if (!mode) return {};
  // Not followed: what lies under a number here is a file of this run.
  if (::fchmodat(state_->aside.get(), std::to_string(number).c_str(), state_->kept_of(*mode), 0) ==
          0 ||
      keeps_no_such(errno))
    return {};
  return system_error(errno, "set the mode of a file in", state_->path);
}

Result<void> OutputTree::set_modified(std::size_t number, const std::timespec& time) const {
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, time};
  if (::utimensat(state_->aside.get(), std::to_string(number).c_str(), times,
                  AT_SYMLINK_NOFOLLOW) == 0)
    return {};
  if (keeps_no_such(errno)) return {};
  return system_error(errno, "set the time of a file in", state_->path);
}

Result<void> OutputTree::sync() const {
  const InFlightMark mark("sync", state_->path, 0, Patience::whenever);
  if (::syncfs(state_->root.get()) != 0)
    return system_error(errno, "sync the file system of", state_->path);
  return {};
}

Result<void> OutputTree::name(std::size_t number, const std::string& path, bool replace) const {
  const InFlightMark mark("naming", state_->shown(path));
  const std::size_t slash = path.rfind('/');
  TINTYPE_TRY(const int folder,
              state_->folder_at(slash == std::string::npos ? "" : path.substr(0, slash)));
  const std::string last = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::string from = std::to_string(number);
  const auto rename = [&]() -> Result<void> {
    if (::renameat(state_->aside.get(), from.c_str(), folder, last.c_str()) == 0) return {};
    return system_error(errno, "name", state_->shown(path));
  };
  struct stat itself = {}, standing = {};
  if (replace) {
    if (::fstatat(state_->aside.get(), from.c_str(), &itself, AT_SYMLINK_NOFOLLOW) != 0)
      return system_error(errno, "inspect", state_->shown(path));
    if (::fstatat(folder, last.c_str(), &standing, AT_SYMLINK_NOFOLLOW) == 0 &&
        state_->named.contains({standing.st_dev, standing.st_ino}))
      return system_error(EEXIST, "name", state_->shown(path),
                          "a file of this run has that name already: this file system does not "
                          "tell the two apart");
    state_->named.insert({itself.st_dev, itself.st_ino});
    return rename();
  }
  if (::renameat2(state_->aside.get(), from.c_str(), folder, last.c_str(), RENAME_NOREPLACE) == 0)
    return {};
  int error_number = errno;
  if (error_number == EINVAL || error_number == ENOSYS) {
    // Some network and FUSE file systems. No link is made here for want of RENAME_NOREPLACE: look
    // first, and live with the gap; the folder is the user's own.
    if (::fstatat(folder, last.c_str(), &standing, AT_SYMLINK_NOFOLLOW) != 0) return rename();
    error_number = EEXIST;
  }
  return system_error(error_number, "name", state_->shown(path),
                      error_number == EEXIST ? "an existing file is never replaced unasked" : "");
}

Result<void> OutputTree::make_folder(const std::string& path) const {
  TINTYPE_CHECK(state_->folder_at(path));
  return {};
}

Result<void> OutputTree::finish_folder(const std::string& path, std::optional<std::uint16_t> mode,
                                       const std::optional<std::timespec>& modified) const {
  if (!state_->made_folders.contains(path)) return {};
  TINTYPE_TRY(const int folder, state_->folder_at(path));
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                             modified.value_or(std::timespec{})};
  if (modified && ::futimens(folder, times) != 0 && !keeps_no_such(errno))
    return system_error(errno, "set the time of", state_->shown(path));
  if (mode && ::fchmod(folder, state_->kept_of(*mode)) != 0 && !keeps_no_such(errno))
    return system_error(errno, "set the mode of", state_->shown(path));
  return {};
}

bool concerns_one_file(const Error& error) noexcept {
  if (!error.code) return true;  // something in its way
  if (error.code.category() != std::generic_category() &&
      error.code.category() != std::system_category())
    return false;
  switch (error.code.value()) {
    case EACCES:
    case EEXIST:
    case EFBIG:
    case EILSEQ:
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case EMLINK:
    case ENAMETOOLONG:
    case ENOENT:
    case ENOTDIR:
    case ENOTEMPTY:
    case EOPNOTSUPP:
    case EOVERFLOW:
    case EPERM:
    case ETXTBSY:
    case EXDEV:
      return true;
    default:
      return false;
  }
}

}  // namespace tintype
