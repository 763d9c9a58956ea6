// A file system of a few megabytes, to be full at will. Needs root.
#pragma once

#include <filesystem>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "support/temp_dir.h"

namespace tintype::test {

class TinyTmpfs {
 public:
  // Makes the folder. The error is the message to skip a test with.
  [[nodiscard]] static tl::expected<TinyTmpfs, std::string> mount(const std::string& folder,
                                                                  std::size_t bytes) {
    std::filesystem::create_directory(folder);
    const CommandOutcome outcome =
        run_command("mount -t tmpfs -o size=" + std::to_string(bytes) + " tmpfs '" + folder + "'");
    if (outcome.exit_code != 0)
      return tl::unexpected("cannot mount a tmpfs (needs root): " + outcome.output);
    return TinyTmpfs(folder);
  }
  TinyTmpfs(TinyTmpfs&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  TinyTmpfs& operator=(TinyTmpfs&&) = delete;
  // Lazily, because files of the test may still be open.
  ~TinyTmpfs() {
    if (!folder_.empty()) static_cast<void>(run_command("umount --lazy '" + folder_ + "'"));
  }

 private:
  explicit TinyTmpfs(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
};

}  // namespace tintype::test
