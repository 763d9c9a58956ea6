// Many output files at once, few of them open: for a pass whose chunks go to files instead of to
// one target. Small pieces are written at once, through the page cache; large ones become the
// block's own writes, direct where the medium allows it.
//
// A file is made when its first piece comes: at its full size, sparse, with space reserved where it
// will have data. What fails for one file alone (see concerns_one_file()) is that file's problem:
// nothing more is written to it, and the others go on.
#pragma once

#include <deque>
#include <list>
#include <string>
#include <vector>

#include "engine/flow/written_files.h"
#include "engine/pipeline/block.h"
#include "hashing/xxh3.h"
#include "io/file/output_tree.h"

namespace tintype {

class FileWriter final : public WrittenFiles {
 public:
  // Two handles each. The usual limit of a process is 1024; those in flight come on top.
  static constexpr std::size_t kIdleOpenMax = 64;
  // From here on a file is written directly, and synced by itself.
  static constexpr std::uint64_t kLargeFileBytes = 4 << 20;

  // `tree` outlives the writer. Pieces under `small_bytes` are written at once.
  FileWriter(const OutputTree& tree, std::size_t small_bytes)
      : tree_(tree), small_bytes_(small_bytes) {}

  // The number the file has here and in the tree. `shown`: its path in messages.
  std::size_t add(std::string shown, std::uint64_t size_bytes, ExtentList data);
  // Makes a file, if it is not yet: before its first piece comes a large one, or when all is over
  // one that had none to come.
  [[nodiscard]] Result<void> prepare(std::size_t file);
  // Why a file is given up; "" if it is not.
  [[nodiscard]] const std::string& problem(std::size_t file) const {
    return outputs_[file].problem;
  }

  // `bytes` lie in the block's buffers, and this is their digest. What is written at once stands in
  // the block's `placed_bytes`. True: a part of it became the block's own writes, and when they are
  // over, one call of written() says so. Until then the file stays open.
  [[nodiscard]] Result<bool> write(std::size_t file, std::uint64_t offset,
                                   std::span<std::byte> bytes, const Digest128& digest,
                                   Block& block);
  void written(std::size_t file);
  // A whole small file at once, outside of a pass.
  [[nodiscard]] Result<void> write_whole(std::size_t file, std::span<const std::byte> content);

  // After the pass: writes files once more, each from the first to the second of its numbers, for a
  // medium that gives no file two names. They are read back like all others.
  struct Twin {
    std::size_t file = 0, twin = 0;
  };
  [[nodiscard]] Result<void> repeat(const std::vector<Twin>& twins);
  // Behind that: closes all, and syncs the large ones.
  [[nodiscard]] Result<void> finish();
  // What was written, for reading it back.
  [[nodiscard]] std::vector<WrittenPart> take_parts();
  [[nodiscard]] Result<std::optional<File>> reopen(std::size_t file) override;
  [[nodiscard]] std::string shown(std::size_t file) const override { return outputs_[file].shown; }

 private:
  struct Output {
    std::string shown;
    std::uint64_t size_bytes = 0;
    ExtentList data;
    bool made = false;
    std::string problem;
    unsigned in_flight = 0;
    File cached, direct;  // `direct` is open only if it is
    std::list<std::size_t>::iterator idle;
  };
  [[nodiscard]] Result<void> open(std::size_t file);
  [[nodiscard]] Result<void> make(std::size_t file);
  // The error, unless it is the file's alone.
  [[nodiscard]] Result<void> give_up(std::size_t file, Error error);
  [[nodiscard]] Result<bool> start_write(std::size_t file, std::uint64_t offset,
                                         std::span<std::byte> bytes, Block& block);

  const OutputTree& tree_;
  const std::size_t small_bytes_;
  std::deque<Output> outputs_;  // blocks in flight point to their files
  std::vector<WrittenPart> parts_;
  std::list<std::size_t> idle_;  // open, nothing in flight; longest idle first
};

}  // namespace tintype
