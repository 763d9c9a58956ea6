// Which device a path lies on, for a message: told from the table of mounts alone. Nothing is asked
// of the path itself, for its file system may be the one that does not answer.
#pragma once

#include <istream>
#include <string>
#include <string_view>

namespace tintype {

// The source of the mount that an absolute path lies below: "/dev/sdb1", "server:/export". A path
// in /dev is the device. "" if nothing is known. `table`: as in /proc/self/mountinfo.
[[nodiscard]] std::string mount_source_of(std::string_view path, std::istream& table);
// With this system's table, as words: "/dev/sdb1", or the path where nothing better is known.
[[nodiscard]] std::string device_of_path(const std::string& path);

}  // namespace tintype
