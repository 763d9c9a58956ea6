// Where a copy or a restore goes: a new file, written aside and named when it is complete; an
// existing file, if that is allowed; or a block device.
#pragma once

#include <memory>
#include <optional>

#include "io/durable_file.h"
#include "io/extent.h"

namespace tintype {

class JobTarget {
 public:
  struct Request {
    std::string path;
    std::uint64_t volume_bytes = 0;
    bool overwrite = false;
    std::uint64_t file_bytes = 0;  // how large to make a file; 0: like the volume
    ExtentList data;               // what will be written: space for it is reserved in a file
  };
  // Refuses: an existing file or a device without `overwrite`, a device or a size that is too
  // small, a device in use, a folder.
  [[nodiscard]] static Result<JobTarget> open(const Request& request);
  // The checks of open() that need no writing, for a dry run.
  [[nodiscard]] static Result<void> try_open(const Request& request);

  [[nodiscard]] std::uint64_t size_bytes() const noexcept;  // what it has in the end
  [[nodiscard]] const File& file() const noexcept { return aside_ ? aside_->file() : existing_; }
  // A new or emptied file: zeros need no writing.
  [[nodiscard]] bool reads_as_zeros() const noexcept { return !file().geometry().block_device; }
  // Everything is written: exact size, sync, name.
  [[nodiscard]] Result<void> commit();

 private:
  std::optional<DurableFile> aside_;
  File existing_;
  std::uint64_t file_bytes_ = 0;
};

}  // namespace tintype
