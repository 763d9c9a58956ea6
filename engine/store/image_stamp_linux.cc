#include "engine/store/image_stamp.h"

#include <sys/stat.h>

#include <cerrno>

#include "io/folder/file_stamp_linux.h"

namespace tintype {
namespace {

// Without the mode, which a verdict does not record: to change it changes `changed_ns`.
FileStamp recorded_stamp_of(const struct stat& status) {
  FileStamp stamp = stamp_of(status);
  stamp.mode = 0;
  return stamp;
}

}  // namespace

Result<FileStamp> image_stamp(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_error(errno, "look at", path);
  return recorded_stamp_of(status);
}

Result<FileStamp> image_stamp(const File& file) {
  struct stat status {};
  if (::fstat(file.handle(), &status) != 0) return system_error(errno, "look at", file.path());
  return recorded_stamp_of(status);
}

}  // namespace tintype
