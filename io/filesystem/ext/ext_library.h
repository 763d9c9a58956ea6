// libext2fs over a Volume: read-only, within a bound of work, its errors as Error.
//
// The library is C, trusts much of what it reads, and loops as often as the metadata say. So the
// superblock's sizes are checked before it sees them, and every operation has a budget of blocks
// to read: a file system that leads it in circles ends in an error.
#pragma once

#include "io/filesystem/ext/ext2fs_header.h"

#include "io/volume/volume.h"

namespace tintype {

// The library's words for one of its errors.
[[nodiscard]] std::string ext_message(errcode_t error);

// An open file system. The volume outlives it. Not thread-safe, as the library is not.
class ExtLibrary {
 public:
  [[nodiscard]] static Result<ExtLibrary> open(const Volume& volume);
  ExtLibrary(ExtLibrary&& other) noexcept;
  ExtLibrary& operator=(ExtLibrary&&) = delete;
  ~ExtLibrary();

  [[nodiscard]] ext2_filsys get() const noexcept { return fs_; }
  [[nodiscard]] std::uint64_t block_bytes() const noexcept { return fs_->blocksize; }
  [[nodiscard]] std::uint64_t first_block() const noexcept {
    return fs_->super->s_first_data_block;
  }
  [[nodiscard]] std::uint64_t total_blocks() const noexcept {
    return ext2fs_blocks_count(fs_->super);
  }
  // Has blocks that will be read one by one read at once. They lie inside the volume.
  void will_read(ExtentList blocks) const;
  // Has them read into the page cache, and waits for nothing. They lie inside the volume.
  void prefetch(const ExtentList& blocks) const;
  // Starts an operation: it may read each block twice.
  void renew_budget() const noexcept;

 private:
  explicit ExtLibrary(ext2_filsys fs) : fs_(fs) {}
  ext2_filsys fs_;
};

}  // namespace tintype
