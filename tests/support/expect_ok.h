// Results in tests: a failure shows its line.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "io/result.h"

namespace tintype::test {

// EXPECT_TRUE(ok(file.sync()))
template <class T>
[[nodiscard]] ::testing::AssertionResult ok(const Result<T>& result) {
  if (result) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.error().line();
}

// The value, or the end of the test: const File file = must(File::open_source(path, caching));
template <class T>
[[nodiscard]] T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().line());
  return *std::move(result);
}
inline void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().line());
}

}  // namespace tintype::test
