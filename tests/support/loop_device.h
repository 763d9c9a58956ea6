// A file as a block device, for the life of a test. Needs root and a kernel with loop devices.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace tintype::test {

class LoopDevice {
 public:
  // The error is the message to skip a test with.
  [[nodiscard]] static tl::expected<LoopDevice, std::string> attach(const std::string& backing_file,
                                                                    unsigned sector_bytes = 512);
  LoopDevice(LoopDevice&& other) noexcept;
  LoopDevice& operator=(LoopDevice&&) = delete;
  ~LoopDevice();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }  // "/dev/loop0"

 private:
  explicit LoopDevice(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace tintype::test
