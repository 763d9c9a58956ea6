// faulty_disk FILE FAULTS MOUNTPOINT: FILE once more as MOUNTPOINT/disk, a medium with faults.
// Lines of FAULTS: "bad OFFSET LENGTH" ranges cannot be read, "hang OFFSET LENGTH" ranges are never
// answered, neither reads nor writes, until this program ends; "slow MILLISECONDS": each request
// takes as long. In the foreground, through no page cache.
#define FUSE_USE_VERSION 31
#include <fcntl.h>
#include <fuse.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Range {
  off_t offset = 0, length = 0;
};

struct Disk {
  int handle = -1;
  std::vector<Range> bad, hanging;
  useconds_t delay_us = 0;
};
Disk g_disk;  // set before the first request

bool touches(const std::vector<Range>& ranges, off_t offset, std::size_t length) {
  for (const Range& range : ranges)
    if (offset < range.offset + range.length && range.offset < offset + static_cast<off_t>(length))
      return true;
  return false;
}

void take_time(off_t offset, std::size_t length) {
  if (g_disk.delay_us != 0) ::usleep(g_disk.delay_us);
  while (touches(g_disk.hanging, offset, length)) ::pause();
}

int get_attributes(const char* path, struct stat* status, fuse_file_info*) {
  *status = {};
  if (std::string_view(path) == "/") {
    status->st_mode = S_IFDIR | 0755;
    status->st_nlink = 2;
    return 0;
  }
  if (std::string_view(path) != "/disk") return -ENOENT;
  if (::fstat(g_disk.handle, status) != 0) return -errno;
  status->st_nlink = 1;
  return 0;
}

int list(const char*, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*,
         fuse_readdir_flags) {
  fill(buffer, "disk", nullptr, 0, fuse_fill_dir_flags{});
  return 0;
}

int open_disk(const char*, fuse_file_info* file) {
  file->direct_io = 1;
  return 0;
}

int read_disk(const char*, char* bytes, std::size_t length, off_t offset, fuse_file_info*) {
  take_time(offset, length);
  if (touches(g_disk.bad, offset, length)) return -EIO;
  const ssize_t got = ::pread(g_disk.handle, bytes, length, offset);
  return got < 0 ? -errno : static_cast<int>(got);
}

int write_disk(const char*, const char* bytes, std::size_t length, off_t offset, fuse_file_info*) {
  take_time(offset, length);
  const ssize_t put = ::pwrite(g_disk.handle, bytes, length, offset);
  return put < 0 ? -errno : static_cast<int>(put);
}

int sync_disk(const char*, int, fuse_file_info*) {
  return 0;
}

bool read_faults(const char* path) {
  std::ifstream lines(path);
  for (std::string word; lines >> word;) {
    Range range;
    if (word == "slow") {
      lines >> g_disk.delay_us;
      g_disk.delay_us *= 1000;
    } else if (lines >> range.offset >> range.length) {
      (word == "bad" ? g_disk.bad : g_disk.hanging).push_back(range);
    }
  }
  return lines.eof();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 || !read_faults(argv[2]) || (g_disk.handle = ::open(argv[1], O_RDWR)) < 0) {
    std::cerr << "faulty_disk FILE FAULTS MOUNTPOINT: " << std::strerror(errno) << '\n';
    return 2;
  }
  fuse_operations operations{};
  operations.getattr = get_attributes;
  operations.readdir = list;
  operations.open = open_disk;
  operations.read = read_disk;
  operations.write = write_disk;
  operations.fsync = sync_disk;
  std::string words[] = {argv[0], "-f", "-o", "allow_other,auto_unmount", argv[3]};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                       words[4].data()};
  return ::fuse_main(5, arguments, &operations, nullptr);
}
