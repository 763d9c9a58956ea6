// A medium with faults for a test: a file once more, through FUSE, with sectors that cannot be read
// and ranges that are never answered (tests/support/faulty_disk_fuse.cc).
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "io/extent.h"
#include "support/child_program.h"
#include "support/temp_dir.h"

namespace tintype::test {

struct MediumFaults {
  ExtentList bad, hanging;
};

class FaultyDisk {
 public:
  // The error is the message to skip a test with.
  [[nodiscard]] static tl::expected<FaultyDisk, std::string> mount(const std::string& file,
                                                                   const MediumFaults& faults);
  FaultyDisk(FaultyDisk&&) = default;
  FaultyDisk& operator=(FaultyDisk&&) = delete;
  ~FaultyDisk();  // what hangs is answered with an error

  [[nodiscard]] std::string path() const { return *dir_ / "mount/disk"; }

 private:
  explicit FaultyDisk(std::unique_ptr<TempDir> dir) : dir_(std::move(dir)) {}
  std::unique_ptr<TempDir> dir_;
  std::unique_ptr<ChildProgram> program_;
};

}  // namespace tintype::test
