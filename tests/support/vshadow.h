// libvshadow's programs, the oracle for Windows shadow copies: vshadowmount shows each as a file.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace tintype::test {

class VshadowMount {
 public:
  // The error is the message to skip a test with. Throws if the program refuses the image.
  [[nodiscard]] static tl::expected<VshadowMount, std::string> open(const std::string& image);
  VshadowMount(VshadowMount&& other) noexcept;
  VshadowMount& operator=(VshadowMount&&) = delete;
  ~VshadowMount();

  // The raw volume of a shadow copy, counted from 1, the oldest.
  [[nodiscard]] std::string copy(unsigned number) const;

 private:
  explicit VshadowMount(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace tintype::test

// Declares `mount`, or skips the test.
#define TINTYPE_VSHADOW(mount, image)                               \
  auto mount##_result = ::tintype::test::VshadowMount::open(image); \
  if (!mount##_result) GTEST_SKIP() << mount##_result.error();      \
  const ::tintype::test::VshadowMount mount = *std::move(mount##_result)
