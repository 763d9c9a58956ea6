#include <unistd.h>

#include <array>
#include <climits>
#include <fstream>
#include <sstream>

#include "tools/session/device_of_path.h"

namespace tintype {
namespace {

// Spaces and the like are written as octal numbers: "\040".
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool lies_below(std::string_view path, std::string_view mount) {
  return path.starts_with(mount) &&
         (mount.ends_with('/') || path.size() == mount.size() || path[mount.size()] == '/');
}

}  // namespace

std::string mount_source_of(std::string_view path, std::istream& table) {
  if (path.starts_with("/dev/")) return std::string(path);
  std::string best, source;
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string id, parent, device, root, where, word, type, from;
    words >> id >> parent >> device >> root >> where;
    while (words >> word && word != "-") {
    }
    words >> type >> from;
    where = unescaped(where);
    // Of several on one another the last is seen.
    if (!lies_below(path, where) || where.size() < best.size()) continue;
    best = where;
    source = unescaped(from);
  }
  return source;
}

std::string device_of_path(const std::string& path) {
  std::string absolute = path;
  std::array<char, PATH_MAX> folder{};
  if (!path.starts_with('/') && ::getcwd(folder.data(), folder.size()) != nullptr)
    absolute = std::string(folder.data()) + "/" + path;
  std::ifstream table("/proc/self/mountinfo");
  const std::string source = mount_source_of(absolute, table);
  return source.empty() ? path : source;
}

}  // namespace tintype
