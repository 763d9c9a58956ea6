// Real files other programs wrote, outside this tree: ../shared/samples, or TINTYPE_SAMPLES.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

namespace tintype::test {

// The samples folder, if it is there.
[[nodiscard]] std::optional<std::filesystem::path> samples_dir();
// Whether their absence is a failure (CI=true) or a reason to skip.
[[nodiscard]] bool samples_required();
// The content of a sample, unpacked if its name ends in ".gz" (through `gzip -dc`).
[[nodiscard]] std::vector<std::byte> read_sample(const std::filesystem::path& path);

}  // namespace tintype::test

// First line of a test that needs them: declares `samples`, or ends the test.
#define TINTYPE_NEED_SAMPLES(samples)                                                            \
  const auto samples##_found = ::tintype::test::samples_dir();                                   \
  if (!samples##_found) {                                                                        \
    if (::tintype::test::samples_required()) FAIL() << "sample files are missing under CI=true"; \
    GTEST_SKIP() << "sample files are not here (set TINTYPE_SAMPLES)";                           \
  }                                                                                              \
  const std::filesystem::path samples = *samples##_found
