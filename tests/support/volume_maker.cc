#include "support/volume_maker.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "hashing/endian.h"
#include "support/temp_dir.h"

extern char** environ;

namespace tintype::test {
namespace {

using namespace std::chrono_literals;

void must_run(const std::string& command) {
  if (const CommandOutcome outcome = run_command(command); outcome.exit_code != 0)
    throw std::runtime_error(command + ": " + outcome.output);
}

void make_sparse(const std::string& path, std::uint64_t bytes) {
  write_file(path, {});
  std::filesystem::resize_file(path, bytes);
}

std::string make_mount_point() {
  std::string path = (std::filesystem::temp_directory_path() / "tintype-mount-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
  return path;
}

bool is_mount_point(const std::string& path) {
  struct stat here = {}, above = {};
  return ::stat(path.c_str(), &here) == 0 && ::stat((path + "/..").c_str(), &above) == 0 &&
         here.st_dev != above.st_dev;
}

bool has_exited(pid_t process) {
  int status = 0;
  return ::waitpid(process, &status, WNOHANG) != 0;
}

// Delayed allocations are made, and freed blocks are free.
void sync_volume(const std::string& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  static_cast<void>(::syncfs(handle));
  ::close(handle);
}

// True if all of it was written.
bool write_all(const std::string& path, std::span<const std::byte> bytes) {
  const int handle = ::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
  if (handle < 0) return false;
  bool good = true;
  while (good && !bytes.empty()) {
    const ssize_t wrote = ::write(handle, bytes.data(), std::min<std::size_t>(bytes.size(), 65536));
    good = wrote > 0;
    if (good) bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return ::close(handle) == 0 && good;
}

}  // namespace

void make_ntfs(const std::string& image, const NtfsShape& shape) {
  make_sparse(image, shape.bytes);
  must_run("mkntfs -q -f -F -p 0 -H 0 -S 0 -c " + std::to_string(shape.cluster_bytes) + " -s " +
           std::to_string(shape.sector_bytes) + " -L '" + shape.label + "' '" + image + "'");
}

void put_into_ntfs(const std::string& image, const std::string& host_file, std::string_view path) {
  must_run("ntfscp -q -f '" + image + "' '" + host_file + "' '" + std::string(path) + "'");
}

std::vector<std::byte> ntfscat(const std::string& image, const std::string& what) {
  const CommandOutcome outcome =
      run_command("(ntfscat -f '" + image + "' " + what + ") 2>/dev/null");
  if (outcome.exit_code != 0) throw std::runtime_error("ntfscat cannot read " + what);
  const auto bytes = std::as_bytes(std::span(outcome.output));
  return {bytes.begin(), bytes.end()};
}

void make_ext(const std::string& image, std::uint64_t bytes, const std::string& options) {
  make_sparse(image, bytes);
  must_run("mke2fs -q -F " + options + " '" + image + "'");
}

void raw_from_qcow2(const std::filesystem::path& qcow2, const std::string& image) {
  must_run("qemu-img convert -O raw '" + qcow2.string() + "' '" + image + "'");
}

tl::expected<MountedVolume, std::string> MountedVolume::ntfs(const std::string& image,
                                                             const std::string& options) {
  if (::geteuid() != 0 || !std::filesystem::exists("/dev/fuse"))
    return tl::unexpected(std::string("mounting needs root and FUSE"));
  std::string path = make_mount_point();
  // In the foreground: when the server has ended, everything it held is in the image.
  std::string all_options = "no_detach,big_writes,compression";
  if (!options.empty()) all_options += "," + options;
  std::vector<std::string> words{"ntfs-3g", "-o", all_options, image, path};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t server = 0;
  posix_spawn_file_actions_t quietly;
  ::posix_spawn_file_actions_init(&quietly);
  ::posix_spawn_file_actions_addopen(&quietly, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const int failed =
      ::posix_spawnp(&server, "ntfs-3g", &quietly, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&quietly);
  if (failed != 0) return tl::unexpected(std::string("ntfs-3g is not here"));
  for (int tries = 0; tries < 2000; ++tries) {
    if (is_mount_point(path)) return MountedVolume(path, server);
    if (has_exited(server)) break;
    std::this_thread::sleep_for(5ms);
  }
  ::rmdir(path.c_str());
  return tl::unexpected("ntfs-3g cannot mount " + image);
}

tl::expected<MountedVolume, std::string> MountedVolume::kernel(const std::string& image,
                                                               const std::string& type,
                                                               const std::string& options) {
  if (::geteuid() != 0) return tl::unexpected(std::string("mounting needs root"));
  std::string path = make_mount_point();
  const CommandOutcome outcome =
      run_command("mount -t " + type + " -o loop" + (options.empty() ? "" : "," + options) + " '" +
                  image + "' '" + path + "'");
  if (outcome.exit_code != 0) {
    ::rmdir(path.c_str());
    return tl::unexpected("cannot mount: " + outcome.output);
  }
  return MountedVolume(path, 0);
}

MountedVolume::MountedVolume(MountedVolume&& other) noexcept
    : path_(std::exchange(other.path_, {})), server_(other.server_) {}

MountedVolume::~MountedVolume() {
  unmount();
}

std::string MountedVolume::operator/(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

void MountedVolume::unmount() {
  if (path_.empty()) return;
  for (int tries = 0; tries < 200 && ::umount2(path_.c_str(), 0) != 0; ++tries)
    std::this_thread::sleep_for(10ms);
  int status = 0;
  if (server_ > 0) ::waitpid(server_, &status, 0);
  ::rmdir(path_.c_str());
  path_.clear();
}

void make_gaps(const std::string& folder, std::uint64_t gap_bytes) {
  const std::filesystem::path fillers = std::filesystem::path(folder) / "fillers";
  std::filesystem::create_directory(fillers);
  const std::vector<std::byte> filler(gap_bytes, std::byte{0xF1});
  std::size_t count = 0;
  while (write_all((fillers / std::to_string(count)).string(), filler)) ++count;
  // Where the small files ran out of records first, one large file takes the space that is left.
  const std::vector<std::byte> rest(std::filesystem::space(folder).free, std::byte{0xF2});
  static_cast<void>(write_all((fillers / "rest").string(), rest));
  sync_volume(folder);
  for (std::size_t i = 0; i < count; i += 2) write_file((fillers / std::to_string(i)).string(), {});
  sync_volume(folder);
}

void write_fragmented(const std::string& folder, const std::string& name,
                      std::span<const std::byte> content, std::uint64_t gap_bytes) {
  make_gaps(folder, gap_bytes);
  const bool good = write_all(folder + "/" + name, content);
  sync_volume(folder);
  std::filesystem::remove_all(folder + "/fillers");
  if (!good) throw std::runtime_error("the volume is too small for a fragmented " + name);
}

void set_ntfs_attributes(const std::string& path, std::uint32_t attributes) {
  const Be<std::uint32_t> value(attributes);
  if (::setxattr(path.c_str(), "system.ntfs_attrib_be", &value, sizeof value, 0) != 0)
    throw std::runtime_error("cannot set the attributes of " + path + ": " + std::strerror(errno));
}

void set_ntfs_reparse_point(const std::string& path, std::uint32_t tag) {
  std::byte value[16] = {};
  store_le<std::uint32_t>(value, 0, tag);
  store_le<std::uint16_t>(value, 4, 8);
  if (::setxattr(path.c_str(), "system.ntfs_reparse_data", value, sizeof value, 0) != 0)
    throw std::runtime_error("cannot make a reparse point of " + path + ": " +
                             std::strerror(errno));
}

}  // namespace tintype::test
