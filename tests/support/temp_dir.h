// A folder that goes away with the test.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tintype::test {

class TempDir {
 public:
  TempDir();  // under TMPDIR or /tmp
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

void write_file(const std::string& path, std::span<const std::byte> content);
[[nodiscard]] std::vector<std::byte> read_file(const std::string& path);

struct CommandOutcome {
  int exit_code = -1;
  std::string output;  // stdout and stderr together
};
// Runs a shell command, waits for it.
[[nodiscard]] CommandOutcome run_command(const std::string& command);

}  // namespace tintype::test
