#include "io/file/extent_map.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace tintype {
namespace {

// File systems without holes, and pseudo files, answer one of these.
bool cannot_tell(int error_number) {
  return error_number == EINVAL || error_number == EOPNOTSUPP || error_number == ENOSYS;
}

}  // namespace

Result<ExtentList> data_extents(const File& file) {
  if (file.geometry().block_device)
    return normalized({{.offset = 0, .length = file.geometry().size_bytes}});

  // The size of this moment, not of the opening: what was written since must not look like a hole.
  struct stat status {};
  if (::fstat(file.handle(), &status) != 0) return system_error(errno, "inspect", file.path());
  const auto size_bytes = static_cast<std::uint64_t>(status.st_size);
  const ExtentList whole = normalized({{.offset = 0, .length = size_bytes}});

  ExtentList extents;
  for (std::uint64_t at = 0; at < size_bytes;) {
    const off_t data = ::lseek(file.handle(), static_cast<off_t>(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // no data from here to the end
    if (data < 0 && cannot_tell(errno)) return whole;
    if (data < 0) return system_error_at(errno, "map", file.path(), at);
    const off_t hole = ::lseek(file.handle(), data, SEEK_HOLE);
    if (hole < 0 && cannot_tell(errno)) return whole;
    if (hole < 0 && errno == ENXIO) break;  // the file was cut in between
    if (hole < 0) return system_error_at(errno, "map", file.path(), at);
    extents.push_back({.offset = static_cast<std::uint64_t>(data),
                       .length = static_cast<std::uint64_t>(hole - data)});
    at = static_cast<std::uint64_t>(hole);
  }
  // A file that grows meanwhile may answer past the size we started with.
  return intersection(normalized(std::move(extents)), whole);
}

}  // namespace tintype
