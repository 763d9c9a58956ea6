// A bug aborts, in every build: a program that confirms backups must not run on after one.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace tintype {

inline void invariant(bool holds, const char* what) noexcept {
  if (holds) [[likely]]
    return;
  std::fprintf(stderr, "tintype: bug: %s\n", what);
  std::abort();
}

}  // namespace tintype
