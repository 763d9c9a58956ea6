// The allocated ranges of a volume whose file system tells them twice: in a bitmap, and by what its
// files own. The bitmap may lag behind or be damaged; what a file owns is data all the same.
//
// Holds: finish() has every byte that was marked or claimed. Memory as of AllocatedSet.
#pragma once

#include "io/filesystem/allocated_set.h"

namespace tintype {

class ClaimedSet {
 public:
  // `marked`: what the bitmap says, and what is no file's (boot sectors, tables); normalized.
  ClaimedSet(ExtentList marked, std::uint64_t end)
      : marked_(std::move(marked)), unmarked_(end), end_(end) {}
  // A file's. True if some of it is not marked.
  bool claim(std::uint64_t offset, std::uint64_t length);

  struct Both {
    ExtentList allocated;
    std::uint64_t unmarked_bytes = 0;  // claimed and not marked
  };
  [[nodiscard]] Both finish();

 private:
  ExtentList marked_;
  AllocatedSet unmarked_;
  std::uint64_t end_;
};

}  // namespace tintype
