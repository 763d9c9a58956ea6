// How often a test of one thread tells its random story: in full, or a tenth under the thread
// sanitizer, which is slow at it and has nothing to find.
#pragma once

namespace tintype::test {

[[nodiscard]] constexpr int random_rounds(int full) noexcept {
#if defined(__SANITIZE_THREAD__)
  return full / 10;
#else
  return full;
#endif
}

}  // namespace tintype::test
