// Where a copy or a restore goes: a file, written aside and named when it is complete, so that one
// which has that name already stays whole until then; a block device; or, if that is asked for, an
// existing file as it lies.
#pragma once

#include <memory>
#include <optional>

#include "io/extent.h"
#include "io/file/durable_file.h"
#include "io/file/file_lock.h"

namespace tintype {

class JobTarget {
 public:
  struct Request {
    std::string path;
    std::uint64_t volume_bytes = 0;
    bool overwrite = false;
    bool in_place = false;         // an existing file is written into, as a device always is
    std::uint64_t file_bytes = 0;  // how large to make a file; 0: like the volume
    // What a target that is written in place holds is compared, not emptied. Of a file it means
    // `in_place`.
    bool keep_content = false;
    bool resume = false;  // the same; of other files with what an earlier run left aside
    Permissions permissions = Permissions::owner_only;  // of a new file
    // What all offsets are multiples of: where direct I/O wants more, the page cache is used.
    std::uint64_t alignment = 4096;
  };
  // Refuses: an existing file or a device without `overwrite`, a device or a size that is too
  // small, what is in use (see target_guard.h), a folder, a file that another run is writing;
  // nothing to resume.
  // Changes nothing of what is there yet.
  [[nodiscard]] static Result<JobTarget> open(const Request& request);
  // The checks of open() that need no writing, for a dry run.
  [[nodiscard]] static Result<void> try_open(const Request& request);
  // What a kept or resumed run would go on with: the path, or that of the file aside. "" if there
  // is nothing.
  [[nodiscard]] static std::string kept_path(const Request& request);
  // Where a file lies until it is complete: beside the one that a link leads to.
  [[nodiscard]] static std::string aside_path(const std::string& path);

  // From here on the target changes: it is emptied unless its content is kept, a file gets its
  // size, and space is reserved for `data`. A target that is too full says so now and not after
  // hours.
  [[nodiscard]] Result<void> begin(const ExtentList& data);

  [[nodiscard]] std::uint64_t size_bytes() const noexcept;  // what it has in the end
  [[nodiscard]] const File& file() const noexcept { return aside_ ? aside_->file() : existing_; }
  // May hold right bytes already: to be compared.
  [[nodiscard]] bool keeps_content() const noexcept { return keeps_content_; }
  // A new or emptied file, after begin(): zeros need no writing.
  [[nodiscard]] bool reads_as_zeros() const noexcept {
    return !keeps_content_ && !file().geometry().block_device;
  }
  // Should there be no commit(), the file aside stays, for a later run to go on with.
  void keep_unfinished() noexcept {
    if (aside_) aside_->keep_partial();
  }
  // What ended the writing after begin(). If it leaves an existing file or device half written,
  // the error says so as well; what went wrong before the first write has changed nothing.
  [[nodiscard]] tl::unexpected<Error> broken_off(Error error) const;
  // Everything is written: exact size, sync, name.
  [[nodiscard]] Result<void> commit();

 private:
  Result<void> lock(const std::string& path);
  void use_cache_if_unaligned(std::uint64_t alignment);

  std::optional<FileLock> lock_;  // of the file that is written
  std::optional<DurableFile> aside_;
  bool replaces_ = false;  // an old file, which is kept until the new one is complete
  File existing_;
  std::uint64_t file_bytes_ = 0;
  bool keeps_content_ = false;
};

}  // namespace tintype
