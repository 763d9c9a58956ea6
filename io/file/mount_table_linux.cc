#include "io/file/mount_table.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr int kLinksFollowedMax = 40;  // as the kernel does

bool is_octal(std::string_view digits) {
  return std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '7'; });
}

bool is_read_only(const std::string& options) {
  return options == "ro" || options.starts_with("ro,");
}

// "id parent major:minor root where options … - type source super". Read-only may be said for the
// mount or for the whole file system.
std::optional<Mount> parse(const std::string& line) {
  std::istringstream words(line);
  Mount mount;
  std::string parent, device, root, where, options, word, source, super;
  words >> mount.id >> parent >> device >> root >> where >> options;
  while (words >> word && word != "-") {
  }
  words >> mount.type >> source >> super;
  unsigned major_number = 0, minor_number = 0;
  if (std::sscanf(device.c_str(), "%u:%u", &major_number, &minor_number) != 2) return std::nullopt;
  mount.device = makedev(major_number, minor_number);
  mount.where = unescaped_mount_text(where);
  mount.source = unescaped_mount_text(source);
  mount.writable = !is_read_only(options) && !is_read_only(super);
  return mount;
}

// Where a name leads, also if nothing is there: a link into the void names a place too.
fs::path resolved(const std::string& path) {
  std::error_code code;
  fs::path at = fs::absolute(path, code);
  for (int i = 0; i < kLinksFollowedMax && fs::is_symlink(fs::symlink_status(at, code)); ++i) {
    const fs::path to = fs::read_symlink(at, code);
    at = to.is_absolute() ? to : at.parent_path() / to;
  }
  const fs::path real = fs::weakly_canonical(at, code);
  return code ? at.lexically_normal() : real;
}

std::optional<std::uint64_t> mount_id_of(const fs::path& path) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) != 0 ||
      (status.stx_mask & STATX_MNT_ID) == 0)
    return std::nullopt;
  return status.stx_mnt_id;
}

std::optional<Mount> mount_of_resolved(fs::path at) {
  std::error_code code;
  while (!fs::exists(at, code) && at.has_relative_path()) at = at.parent_path();
  const auto id = mount_id_of(at);
  if (!id) return std::nullopt;
  for (Mount& mount : read_mounts())
    if (mount.id == *id) return std::move(mount);
  return std::nullopt;
}

bool is_below(const fs::path& path, const fs::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

}  // namespace

std::string unescaped_mount_text(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text.substr(i + 1, 3))) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<Mount> read_mounts(const std::string& proc) {
  std::vector<Mount> found;
  std::ifstream in(proc + "/self/mountinfo");
  for (std::string line; std::getline(in, line);)
    if (auto mount = parse(line)) found.push_back(*std::move(mount));
  return found;
}

std::optional<Mount> mount_of(const std::string& path) {
  return mount_of_resolved(resolved(path));
}

Result<void> refuse_device_folder(const std::string& path) {
  const fs::path real = resolved(path);
  struct stat status {};
  const bool exists = ::stat(real.c_str(), &status) == 0;
  if (exists && (S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode))) return {};
  const auto mount = mount_of_resolved(real);
  const bool own_file_system = mount && mount->type != "devtmpfs" && mount->where != "/dev" &&
                               is_below(mount->where, "/dev");
  const bool among_devices = (mount && mount->type == "devtmpfs") || is_below(real, "/dev");
  if (!among_devices || own_file_system) return {};
  if (!exists)
    return plain_error(path + " is not there, and below /dev only devices are written to",
                       "lsblk lists the devices that are here");
  return plain_error(path + " is no device, and below /dev only devices are written to",
                     S_ISREG(status.st_mode)
                         ? "it is a plain file in memory, made by mistake: remove it"
                         : "lsblk lists the devices that are here");
}

}  // namespace tintype
