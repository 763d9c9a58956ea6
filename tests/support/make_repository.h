// A repository for a test that is about something else.
#pragma once

#include <string>

#include "engine/repository/repository.h"
#include "support/expect_ok.h"

namespace tintype::test {

// A new one, or the one that is there.
[[nodiscard]] inline Repository make_repository(const std::string& path) {
  if (auto there = Repository::open(path)) return *std::move(there);
  return must(Repository::create(path));
}

// The same, for who needs no more than its path.
[[nodiscard]] inline std::string repository_at(const std::string& path) {
  return make_repository(path).path();
}

// How many sets it has, unfinished ones too.
[[nodiscard]] inline std::size_t sets_in(const std::string& path) {
  return must(must(Repository::open(path)).sets()).size();
}

}  // namespace tintype::test
