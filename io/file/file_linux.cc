#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "io/aligned_buffer.h"
#include "io/file/file.h"
#include "io/file/mount_table.h"
#include "io/file/remote_reader.h"
#include "io/in_flight.h"
#include "io/invariant.h"

namespace tintype {
namespace {

std::string open_hint(int error_number, const std::string& path) {
  switch (error_number) {
    case ENOENT:
      return path.starts_with("/dev/") ? "lsblk lists the devices that are here" : "";
    case EPERM:
      return "run as root; a container may forbid it even then";
    case EISDIR:
      return "name a file or a block device; findmnt shows the device behind a folder";
    case EBUSY:
      return "it is mounted or in use: unmount it first";
    case EEXIST:
      return "remove it first or choose another name";
    default:
      return "";
  }
}

tl::unexpected<Error> open_error(int error_number, std::string_view operation,
                                 const std::string& path) {
  return system_error(error_number, operation, path, open_hint(error_number, path));
}

// No image was ever here: no damage, and no word of the system's either.
tl::unexpected<Error> not_readable_kind(const std::string& path) {
  return tl::unexpected(Error{std::make_error_code(std::errc::not_supported),
                              "cannot open " + path + ": neither a file nor a block device", ""});
}

// Asked before open(): opening a FIFO would block, opening a tape would move it.
Result<mode_t> type_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return open_error(errno, "open", path);
  const mode_t type = status.st_mode & S_IFMT;
  if (type == S_IFDIR) return open_error(EISDIR, "open", path);
  if (type != S_IFREG && type != S_IFBLK) return not_readable_kind(path);
  return type;
}

int open_retrying(const std::string& path, int flags, mode_t mode = 0) {
  int handle = -1;
  do handle = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  while (handle < 0 && errno == EINTR);
  return handle;
}

// EINVAL is how a file system without direct I/O refuses it.
int open_direct_or_cached(const std::string& path, int flags) {
  const int handle = open_retrying(path, flags | O_DIRECT);
  return handle < 0 && errno == EINVAL ? open_retrying(path, flags) : handle;
}

bool is_direct(int handle) {
  return (::fcntl(handle, F_GETFL) & O_DIRECT) != 0;
}

void make_cached(int handle) {
  ::fcntl(handle, F_SETFL, ::fcntl(handle, F_GETFL) & ~O_DIRECT);
}

// Sets sector_bytes and memory_alignment of a handle that was opened with O_DIRECT, or tells that
// direct I/O does not work after all.
bool find_alignment(int handle, Geometry& geometry) {
  struct statx status {};
  if (::statx(handle, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) == 0 &&
      (status.stx_mask & STATX_DIOALIGN) != 0) {  // Linux 6.1, where the file system tells
    if (status.stx_dio_offset_align == 0 || status.stx_dio_mem_align == 0) return false;
    geometry.sector_bytes = std::max(geometry.sector_bytes, status.stx_dio_offset_align);
    geometry.memory_alignment = std::max(geometry.memory_alignment, status.stx_dio_mem_align);
    return true;
  }
  if (geometry.block_device) {  // BLKSSZGET has told the sector
    geometry.memory_alignment = std::max(geometry.memory_alignment, geometry.sector_bytes);
    return true;
  }
  // btrfs, tmpfs, older kernels: 4096 is right everywhere, 512 would silently be slow or fail.
  geometry.sector_bytes = kPageBytes;
  geometry.memory_alignment = kPageBytes;
  return true;
}

// Some file systems take O_DIRECT and then refuse every read. A read error is another matter: it
// belongs to the sector, and the copy will report it with its place.
bool first_read_works(int handle, const Geometry& geometry) {
  const AlignedBuffer buffer(geometry.sector_bytes);
  ssize_t got = 0;
  do got = ::pread(handle, buffer.data(), geometry.sector_bytes, 0);
  while (got < 0 && errno == EINTR);
  return got >= 0 || (errno != EINVAL && errno != EOPNOTSUPP);
}

Result<Geometry> geometry_of(int handle, const std::string& path) {
  struct stat status {};
  if (::fstat(handle, &status) != 0) return system_error(errno, "inspect", path);
  Geometry geometry;
  geometry.block_device = S_ISBLK(status.st_mode);
  if (geometry.block_device) {
    int sector_bytes = 0;
    if (::ioctl(handle, BLKGETSIZE64, &geometry.size_bytes) != 0 ||
        ::ioctl(handle, BLKSSZGET, &sector_bytes) != 0)
      return system_error(errno, "get the size of", path);
    geometry.sector_bytes = std::max<std::uint32_t>(512, static_cast<std::uint32_t>(sector_bytes));
  } else if (S_ISREG(status.st_mode)) {
    geometry.size_bytes = static_cast<std::uint64_t>(status.st_size);
  } else {
    return not_readable_kind(path);
  }
  if (!is_direct(handle)) return geometry;
  Geometry direct = geometry;
  direct.direct = find_alignment(handle, direct) && first_read_works(handle, direct);
  if (direct.direct) return direct;
  make_cached(handle);
  return geometry;
}

// The unit in which a short transfer is taken up again: direct I/O cannot go on at an unaligned
// place.
std::size_t resume_unit(const Geometry& geometry) {
  return geometry.direct ? std::max(geometry.sector_bytes, geometry.memory_alignment) : 1;
}

}  // namespace

File::File(File&& other) noexcept
    : handle_(std::exchange(other.handle_, -1)),
      remote_(std::exchange(other.remote_, nullptr)),
      path_(std::move(other.path_)),
      geometry_(std::exchange(other.geometry_, {})) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    handle_ = std::exchange(other.handle_, -1);
    remote_ = std::exchange(other.remote_, nullptr);
    path_ = std::move(other.path_);
    geometry_ = std::exchange(other.geometry_, {});
  }
  return *this;
}

File::~File() {
  close();
}

void File::use_page_cache() noexcept {
  make_cached(handle_);
  geometry_.direct = false;
}

void File::close() noexcept {
  if (handle_ >= 0) ::close(std::exchange(handle_, -1));
  remote_ = nullptr;
}

Result<File> File::open_source(const std::string& path, Caching caching) {
  const InFlightMark mark("opening", path);
  TINTYPE_CHECK(type_of(path));
  File file;
  file.path_ = path;
  file.handle_ = caching == Caching::direct_if_possible ? open_direct_or_cached(path, O_RDONLY)
                                                        : open_retrying(path, O_RDONLY);
  if (file.handle_ < 0) return open_error(errno, "open", path);
  TINTYPE_TRY(file.geometry_, geometry_of(file.handle_, path));
  return file;
}

Result<File> File::open_target(const std::string& path, Caching caching) {
  const InFlightMark mark("opening", path);
  TINTYPE_TRY(const mode_t type, type_of(path));
  // Without O_CREAT, O_EXCL has a meaning only for a block device: nobody else may hold it.
  const int flags = O_RDWR | (type == S_IFBLK ? O_EXCL : 0);
  File file;
  file.path_ = path;
  file.handle_ = caching == Caching::direct_if_possible ? open_direct_or_cached(path, flags)
                                                        : open_retrying(path, flags);
  if (file.handle_ < 0) return open_error(errno, "open for writing", path);
  TINTYPE_TRY(file.geometry_, geometry_of(file.handle_, path));
  return file;
}

Result<File> File::create(const std::string& path, Caching caching, Permissions permissions) {
  const InFlightMark mark("creation", path);
  TINTYPE_CHECK(refuse_device_folder(path));
  File file;
  file.path_ = path;
  file.handle_ = open_retrying(path, O_RDWR | O_CREAT | O_EXCL,
                               permissions == Permissions::owner_only ? 0600 : 0666);
  if (file.handle_ < 0) return open_error(errno, "create", path);
  if (caching == Caching::direct_if_possible) {
    // Not O_CREAT|O_DIRECT in one: where direct I/O is refused, the refusal leaves the file behind
    // and the second try would find it in its own way.
    File direct;
    direct.handle_ = open_retrying(path, O_RDWR | O_DIRECT);
    if (direct.is_open() && direct.is_same_file_as(file))
      file.handle_ = std::exchange(direct.handle_, file.handle_);
  }
  TINTYPE_TRY(file.geometry_, geometry_of(file.handle_, path));
  return file;
}

File File::remote(std::string name, const Geometry& geometry, RemoteReader& reader) {
  File file;
  file.remote_ = &reader;
  file.path_ = std::move(name);
  file.geometry_ = geometry;
  return file;
}

Result<File> File::create_in(int folder, const std::string& name, const std::string& shown,
                             Caching caching, Permissions permissions) {
  const InFlightMark mark("creation", shown);
  const mode_t mode = permissions == Permissions::owner_only ? 0600 : 0666;
  int handle = -1;
  do
    handle =
        ::openat(folder, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  while (handle < 0 && errno == EINTR);
  if (handle < 0) return open_error(errno, "create", shown);
  File file;
  file.path_ = shown;
  file.handle_ = handle;
  // As in create(): not O_CREAT and O_DIRECT in one.
  if (caching == Caching::direct_if_possible) return open_in(folder, name, shown, caching);
  TINTYPE_TRY(file.geometry_, geometry_of(file.handle_, shown));
  return file;
}

Result<File> File::open_in(int folder, const std::string& name, const std::string& shown,
                           Caching caching) {
  const InFlightMark mark("opening", shown);
  const auto open_with = [&](int flags) {
    int handle = -1;
    do handle = ::openat(folder, name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags);
    while (handle < 0 && errno == EINTR);
    return handle;
  };
  File file;
  file.path_ = shown;
  if (caching == Caching::direct_if_possible) file.handle_ = open_with(O_DIRECT);
  if (file.handle_ < 0 && (caching == Caching::page_cache || errno == EINVAL))
    file.handle_ = open_with(0);
  if (file.handle_ < 0) return open_error(errno, "open for writing", shown);
  TINTYPE_TRY(file.geometry_, geometry_of(file.handle_, shown));
  return file;
}

Result<File> File::open_source_in(int folder, const std::string& name, const std::string& shown,
                                  Caching caching) {
  const InFlightMark mark("opening", shown);
  // Not to wait for the other end, should it be a FIFO by now.
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const auto open_with = [&](int flags) {
    int handle = -1;
    do handle = ::openat(folder, name.c_str(), kFlags | flags);
    while (handle < 0 && errno == EINTR);
    if (handle < 0 && errno == EPERM && (flags & O_NOATIME) != 0) {  // another user's file
      do handle = ::openat(folder, name.c_str(), kFlags | (flags & ~O_NOATIME));
      while (handle < 0 && errno == EINTR);
    }
    return handle;
  };
  File file;
  file.path_ = shown;
  if (caching == Caching::direct_if_possible) file.handle_ = open_with(O_NOATIME | O_DIRECT);
  if (file.handle_ < 0 && (caching == Caching::page_cache || errno == EINVAL))
    file.handle_ = open_with(O_NOATIME);
  if (file.handle_ < 0) return open_error(errno, "open", shown);
  TINTYPE_TRY(file.geometry_, geometry_of(file.handle_, shown));
  if (file.geometry_.block_device)
    return plain_error("cannot open " + shown + ": it is no regular file");
  return file;
}

Result<File> File::temporary() {
  const char* chosen = std::getenv("TMPDIR");
  const std::string folder = chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
  std::string path = folder + "/tintype-XXXXXX";
  File file;
  file.handle_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (file.handle_ < 0)
    return system_error(errno, "make a temporary file in", folder,
                        "TMPDIR names another folder for it");
  ::unlink(path.c_str());
  file.path_ = "the temporary file in " + folder;
  TINTYPE_TRY(file.geometry_, geometry_of(file.handle_, file.path_));
  return file;
}

Result<std::size_t> File::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (remote_ != nullptr) return read_remote(*remote_, offset, bytes);
  const InFlightMark mark("read", path_, offset);
  const std::size_t unit = resume_unit(geometry_);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::size_t start = done - done % unit;
    const ssize_t got = ::pread(handle_, bytes.data() + start, bytes.size() - start,
                                static_cast<off_t>(offset + start));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error_at(errno, "read", path_, offset + start);
    const std::size_t reached = start + static_cast<std::size_t>(got);
    if (reached <= done) break;  // no further than before: the end of the file
    done = reached;
  }
  return done;
}

Result<void> File::write_at(std::uint64_t offset, std::span<const std::byte> bytes) const {
  const InFlightMark mark("write", path_, offset);
  const std::size_t unit = resume_unit(geometry_);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::size_t start = done - done % unit;
    const ssize_t put = ::pwrite(handle_, bytes.data() + start, bytes.size() - start,
                                 static_cast<off_t>(offset + start));
    if (put < 0 && errno == EINTR) continue;
    const std::size_t reached = start + static_cast<std::size_t>(std::max<ssize_t>(put, 0));
    if (put < 0 || reached <= done) {  // a write that moves nothing would loop for ever
      auto error = system_error_at(put < 0 ? errno : EIO, "write", path_, offset + start);
      if (put < 0 && errno == ENOSPC) error.value().hint = "free some space there";
      return error;
    }
    done = reached;
  }
  return {};
}

Result<void> File::sync() const {
  // What went past the page cache has left nothing to do but a flush.
  const InFlightMark mark("sync", path_, 0, geometry_.direct ? Patience::soon : Patience::whenever);
  if (::fdatasync(handle_) != 0) return system_error(errno, "sync", path_);
  return {};
}

Result<void> File::set_size(std::uint64_t size_bytes) const {
  const InFlightMark mark("change of size", path_, 0, Patience::whenever);
  while (::ftruncate(handle_, static_cast<off_t>(size_bytes)) != 0)
    if (errno != EINTR) return system_error(errno, "set the size of", path_);
  return {};
}

Result<void> File::preallocate(std::uint64_t offset, std::uint64_t length) const {
  if (length == 0) return {};
  const InFlightMark mark("reservation of space", path_, offset, Patience::whenever);
  while (::fallocate(handle_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                     static_cast<off_t>(length)) != 0) {
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == ENODEV) return {};
    return system_error(errno, "reserve space for", path_,
                        errno == ENOSPC ? "free some space there" : "");
  }
  return {};
}

void File::will_read(std::uint64_t offset, std::uint64_t length) const noexcept {
  if (handle_ < 0) return;
  (void)::posix_fadvise(handle_, static_cast<off_t>(offset), static_cast<off_t>(length),
                        POSIX_FADV_WILLNEED);
}

Result<void> File::write_zeros(std::uint64_t offset, std::uint64_t length) const {
  constexpr std::uint64_t kPieceBytes = 1 << 20;
  const AlignedBuffer zeros(std::min(length, kPieceBytes));
  for (std::uint64_t done = 0; done < length;) {
    const std::uint64_t piece = std::min(length - done, kPieceBytes);
    TINTYPE_CHECK(write_at(offset + done, zeros.bytes().first(piece)));
    done += piece;
  }
  return {};
}

Result<void> File::zero_range(std::uint64_t offset, std::uint64_t length) const {
  if (length == 0) return {};
  // A device takes whole sectors; parts of them, which only the page cache knows, are written.
  if (const std::uint64_t sector = geometry_.sector_bytes;
      geometry_.block_device && (offset % sector != 0 || length % sector != 0)) {
    const std::uint64_t begin = (offset + sector - 1) / sector * sector;
    const std::uint64_t end = (offset + length) / sector * sector;
    if (begin >= end) return write_zeros(offset, length);
    TINTYPE_CHECK(write_zeros(offset, begin - offset));
    TINTYPE_CHECK(zero_range(begin, end - begin));
    return write_zeros(end, offset + length - end);
  }
  const InFlightMark mark("zeroing", path_, offset, Patience::whenever);
  // Cheapest first: give the blocks back (a device does so only where it promises that they read as
  // zeros from then on: a bare discard promises nothing); let the file system or device write the
  // zeros; write them.
  for (const int mode : {FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE}) {
    int outcome = 0;
    do
      outcome = ::fallocate(handle_, mode | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                            static_cast<off_t>(length));
    while (outcome != 0 && errno == EINTR);
    if (outcome == 0) return {};
    if (errno != EOPNOTSUPP && errno != ENOSYS && errno != ENODEV)
      return system_error_at(errno, "zero", path_, offset);
  }
  return write_zeros(offset, length);
}

bool File::is_same_file_as(const File& other) const noexcept {
  struct stat mine {
  }, theirs{};
  if (::fstat(handle_, &mine) != 0 || ::fstat(other.handle_, &theirs) != 0) return false;
  if (S_ISBLK(mine.st_mode) && S_ISBLK(theirs.st_mode)) return mine.st_rdev == theirs.st_rdev;
  return mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino;
}

}  // namespace tintype
