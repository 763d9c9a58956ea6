#include "support/odd_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

#include "support/temp_dir.h"

namespace tintype::test {
namespace {

namespace fs = std::filesystem;

void put_random(const std::string& path, std::size_t bytes, unsigned seed) {
  std::mt19937 random(seed);
  std::string content(bytes, '\0');
  for (char& c : content) c = static_cast<char>(random());
  std::ofstream(path, std::ios::binary) << content;
}

void must(bool done, const std::string& what) {
  if (!done) throw std::runtime_error("cannot make an odd tree: " + what);
}

constexpr int kTooDeep = 25;
const std::string kLongName(200, 'd');

}  // namespace

void make_odd_tree(const std::string& folder) {
  fs::create_directories(folder + "/Mailbox/sub");
  fs::create_directories(folder + "/empty");
  unsigned seed = 1;
  for (const std::size_t size : {0, 1, 511, 512, 513, 4095, 4096, 65535, 65536, 65537, 131072,
                                 200'001, 1'048'576, 3'000'007})
    put_random(folder + "/size" + std::to_string(size), size, seed++);
  for (int i = 0; i < 40; ++i)
    put_random(folder + "/Mailbox/sub/m" + std::to_string(i), 100 * static_cast<std::size_t>(i),
               seed++);

  for (const char* name : {"new\nline", "bad\xff\xfe", "umlaut-\xc3\xa4", "umlaut-a\xcc\x88",
                           " blank ", "-rf", "=a=b", "quote'\"\\", "*?[", "\x01\x1f", "..."})
    put_random(folder + "/" + name, 20, seed++);
  put_random(folder + "/" + std::string(255, 'n'), 20, seed++);
  fs::create_directories(folder + "/f\xff/\xe4\xf6");
  put_random(folder + "/f\xff/\xe4\xf6/x", 2000, seed++);
  const std::string far = folder + "/" + std::string(150, 'l') + "/" + std::string(150, 'm');
  fs::create_directories(far);
  put_random(far + "/" + std::string(150, 'n'), 700, seed++);

  fs::create_hard_link(folder + "/size65537", folder + "/Mailbox/link");
  fs::create_hard_link(folder + "/bad\xff\xfe", folder + "/Mailbox/lien\xff");
  fs::create_symlink("../size512", folder + "/Mailbox/sym");
  fs::create_symlink("/etc/passwd", folder + "/absolute");
  fs::create_symlink("nowhere\xff", folder + "/dangling\xff");
  fs::create_symlink("Mailbox", folder + "/a-folder");
  must(::mkfifo((folder + "/fifo").c_str(), 0640) == 0, "a FIFO");
  ::mknod((folder + "/null").c_str(), S_IFCHR | 0666, (1 << 8) | 3);  // root only

  {
    const int file = ::open((folder + "/holes").c_str(), O_RDWR | O_CREAT, 0644);
    for (const off_t at : {off_t{0}, off_t{1} << 20, (off_t{5} << 20) + 12345, off_t{9} << 20})
      must(::pwrite(file, "data", 4, at) == 4, "a file with holes");
    must(::ftruncate(file, (off_t{12} << 20) + 17) == 0, "a hole at the end");
    ::close(file);
    std::ofstream(folder + "/one-hole") << "";
    fs::resize_file(folder + "/one-hole", 3'000'001);
    put_random(folder + "/tail-hole", 70'000, seed++);
    fs::resize_file(folder + "/tail-hole", 1'000'000);
  }

  fs::permissions(folder + "/size1", static_cast<fs::perms>(04711));
  fs::permissions(folder + "/size511", static_cast<fs::perms>(0000));
  fs::permissions(folder + "/Mailbox", static_cast<fs::perms>(01777));
  fs::permissions(folder + "/f\xff", static_cast<fs::perms>(0500));
  for (const char* path : {"/size513", "/Mailbox/sub", "/absolute"})
    (void)!::lchown((folder + path).c_str(), 12345, 54321);
  ::setxattr((folder + "/size512").c_str(), "user.binary", "\0\1\377\n", 4, 0);
  ::setxattr((folder + "/empty").c_str(), "user.of-a-folder", "x", 1, 0);
  static_cast<void>(run_command("cd '" + folder +
                                "' && setfacl -m u:33:rwx,g:44:r size4096 && "
                                "setfacl -d -m u:77:rx Mailbox/sub"));
  const timespec early[2] = {{-1000, 5}, {-12345, 0}};  // tars disagree about fractions
  must(::utimensat(AT_FDCWD, (folder + "/size65535").c_str(), early, 0) == 0, "an early time");
  const timespec late[2] = {{0, 0}, {1'700'000'000, 1}};
  must(::utimensat(AT_FDCWD, (folder + "/dangling\xff").c_str(), late, AT_SYMLINK_NOFOLLOW) == 0,
       "a link's time");
  for (const char* path : {"/Mailbox/sub", "/Mailbox", "/empty", ""})
    must(::utimensat(AT_FDCWD, (folder + path).c_str(), late, 0) == 0, "a folder's time");
}

// Folder in folder, each with a long name: no path leads to the last one in one step.
void make_too_long_path(const std::string& folder) {
  int at = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  for (int depth = 0; depth < kTooDeep; ++depth) {
    must(::mkdirat(at, kLongName.c_str(), 0755) == 0, "a deep folder");
    const int next = ::openat(at, kLongName.c_str(), O_RDONLY | O_DIRECTORY);
    ::close(at);
    at = next;
  }
  const int file = ::openat(at, "deep", O_WRONLY | O_CREAT, 0600);
  must(::write(file, "far down\n", 9) == 9, "a deep file");
  ::close(file);
  ::close(at);
}

std::string read_too_long_path(const std::string& folder) {
  int at = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  for (int depth = 0; at >= 0 && depth < kTooDeep; ++depth) {
    const int next = ::openat(at, kLongName.c_str(), O_RDONLY | O_DIRECTORY);
    ::close(at);
    at = next;
  }
  if (at < 0) return "nothing";
  const int file = ::openat(at, "deep", O_RDONLY);
  char bytes[64];
  const ssize_t got = ::read(file, bytes, sizeof bytes);
  ::close(file);
  ::close(at);
  return got < 0 ? "nothing" : std::string(bytes, static_cast<std::size_t>(got));
}

std::string differences(const std::string& a, const std::string& b) {
  // --modify-window=-1: to the nanosecond. XFS shows ACLs a second time, under a name of its own.
  const CommandOutcome outcome = run_command(
      "rsync -aHAXn --checksum --delete --itemize-changes --modify-window=-1 "
      "--filter='-x trusted.SGI_ACL_*' '" +
      a + "/' '" + b + "/'");
  return outcome.exit_code == 0 ? outcome.output : "rsync failed: " + outcome.output;
}

std::uint64_t blocks_of(const std::string& folder) {
  return std::stoull(run_command("du -s -B512 '" + folder + "'").output);
}

}  // namespace tintype::test
