// What of a folder is not in its image, or not as it was: by path, the first thousand of them, and
// how many there were.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tintype {

struct FolderProblem {
  std::string path;  // from the folder down, with a slash in front: "/Mailbox/DB1.edb"
  std::string what;  // "not in the backup: Permission denied"
  bool operator==(const FolderProblem&) const = default;
};

struct FolderProblems {
  static constexpr std::size_t kKeptMax = 1000;
  std::vector<FolderProblem> kept;
  std::uint64_t total = 0;

  // `path` without the slash.
  void add(const std::string& path, std::string what) {
    ++total;
    if (kept.size() < kKeptMax) kept.push_back({"/" + path, std::move(what)});
  }
};

}  // namespace tintype
