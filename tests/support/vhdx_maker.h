// VHDX images of the kinds that no program here makes: differencing ones, ones with a log that was
// not replayed, with damaged copies of their structures. (qemu-img check takes those that it could
// have made.)
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/disk_image/vhd/vhdx_format.h"

namespace tintype::test {

class VhdxMaker {
 public:
  using Bytes = std::vector<std::byte>;
  struct Options {
    std::uint64_t disk_bytes = 8 << 20;
    std::uint32_t block_bytes = 1 << 20, sector_bytes = 512;
    VhdxGuid id = vhdx_guid("11111111-2222-3333-4444-555555555555");  // what children know it by
    std::optional<VhdxGuid> parent;
    std::map<std::string, std::string> parent_paths;  // by key: "relative_path"…
  };
  // A change that only the log has. No data: zeros, `zero_bytes` of them.
  struct Change {
    std::uint64_t file_offset = 0;
    Bytes sector;
    std::uint64_t zero_bytes = 0;
  };
  static constexpr std::uint64_t kLogOffset = 1 << 20, kLogBytes = 1 << 20;
  static constexpr std::uint64_t kMetadataOffset = 2 << 20, kTableOffset = 3 << 20;

  explicit VhdxMaker(Options options);

  // A whole block; its place in the file.
  std::uint64_t put_block(std::uint64_t block, std::span<const std::byte> content,
                          VhdxBlock state = VhdxBlock::present);
  void set_state(std::uint64_t block, VhdxBlock state);
  // Of a differencing disk: this sector is its own. Its block has been put as partially present.
  void mark(std::uint64_t sector);
  [[nodiscard]] std::uint64_t table_entry_offset(std::uint64_t block) const;

  // An entry at `at` in the log, going on at its begin behind its end. Returns its bytes.
  std::uint64_t log(std::uint64_t at, std::uint64_t tail, std::uint64_t sequence,
                    const std::vector<Change>& changes, std::uint64_t flushed_bytes = 0,
                    std::uint64_t last_bytes = 0);
  // From now on the headers say that there is a log to replay.
  void leave_open();
  // Sums up the structures again after something was changed in them.
  void seal();

  Bytes file;  // ready at any time

 private:
  void put_metadata();
  void put_entry(std::uint64_t entry, VhdxBlock state, std::uint64_t offset);
  [[nodiscard]] std::uint64_t chunk_blocks() const;
  std::uint64_t extend(std::uint64_t bytes);

  Options options_;
  std::map<std::uint64_t, std::uint64_t> bitmaps_;  // by chunk
};

}  // namespace tintype::test
