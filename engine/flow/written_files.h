// Files that a job wrote, for reading them back: which parts of which file, and what was meant.
#pragma once

#include <optional>
#include <string>

#include "hashing/xxh3.h"
#include "io/extent.h"
#include "io/file/file.h"

namespace tintype {

struct WrittenPart {
  std::size_t file = 0;  // the job's number
  Extent range;          // of the file
  Digest128 digest;
};

class WrittenFiles {
 public:
  virtual ~WrittenFiles() = default;
  // For reading, directly where that can be. Nothing: the file was written, but its mode keeps us
  // from reading it.
  [[nodiscard]] virtual Result<std::optional<File>> reopen(std::size_t file) = 0;
  [[nodiscard]] virtual std::string shown(std::size_t file) const = 0;  // its path in messages
};

}  // namespace tintype
