// What the page cache is for a local file, for a remote one: the readers of metadata ask for a few
// bytes at a time, mostly near each other, and each question to a server takes its time. Volumes do
// not change, so nothing here gets old.
#pragma once

#include <list>
#include <mutex>
#include <vector>

#include "io/file/file.h"

namespace tintype {

class BlockCache {
 public:
  static constexpr std::size_t kBlockBytes = 128 * 1024;
  static constexpr std::size_t kBlocksMax = 64;
  static constexpr std::size_t kBlocksAtOnce = 8;  // a request of the usual size of a pass

  // `file` outlives the cache.
  explicit BlockCache(const File& file) : file_(file) {}

  // Any offset and length inside the file. Thread-safe. An unreadable sector fails those reads that
  // touch it, and no others.
  [[nodiscard]] Result<void> read(std::uint64_t offset, std::span<std::byte> bytes);

 private:
  struct Block {
    std::uint64_t number = 0;
    std::vector<std::byte> bytes;
  };
  [[nodiscard]] bool holds(std::uint64_t number) const;
  std::uint64_t fetch_run(std::uint64_t first, std::uint64_t last);
  [[nodiscard]] Result<const Block*> fetch(std::uint64_t number);
  void add(Block block);
  [[nodiscard]] Result<void> read_around(std::uint64_t offset, std::span<std::byte> bytes) const;

  const File& file_;
  std::mutex mutex_;
  std::list<Block> blocks_;  // the one used last is first
};

}  // namespace tintype
