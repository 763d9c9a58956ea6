// Which partitions a disk has: GPT, or MBR with logical partitions; sectors of 512 and 4096 bytes.
//
// The table is read by hand and not through libblkid or libfdisk: they do not tell which copy of a
// GPT they used, nor what is wrong with the other. Nothing a table says is believed before it is
// checked: a partition that passes the end of the disk or overlaps another one says so and is not
// to be opened.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/volume/volume.h"

namespace tintype {

enum class PartitionScheme : std::uint8_t { none, gpt, mbr };
[[nodiscard]] std::string_view to_string(PartitionScheme scheme) noexcept;  // "gpt"

struct Partition {
  unsigned number = 0;     // as the kernel numbers it: GPT entries from 1; logical ones from 5
  Extent range;            // bytes of the disk, cut at its end
  std::string type;        // GPT: a GUID in capitals; MBR: hex digits in lower case ("7")
  std::string name;        // GPT, UTF-8
  std::string guid;        // GPT, in capitals
  bool container = false;  // an extended partition: holds logical ones and no data of its own
  std::string problem;     // why it cannot be opened: "it overlaps partition 3"; "" if it can
  // By its type it is for a boot loader, firmware, or swapping: no database can be in it.
  [[nodiscard]] bool holds_no_files() const noexcept;
};

struct PartitionTable {
  PartitionScheme scheme = PartitionScheme::none;
  std::uint32_t sector_bytes = 512;
  std::string disk_id;                // GPT: a GUID; MBR: "0x1234abcd"
  std::vector<Partition> partitions;  // by number
  ExtentList metadata;                // where the table itself lies, every copy of it
  // What is wrong with the table although it can be used: "the primary GPT is damaged: …".
  std::vector<std::string> remarks;

  [[nodiscard]] const Partition* find(unsigned number) const noexcept;
};

// Scheme none: there is no table. A table that is there and cannot be used is an error.
[[nodiscard]] Result<PartitionTable> read_partition_table(const Volume& disk);
// One that can be opened; the error says why not, and which there are. `shown` is the disk's name.
[[nodiscard]] Result<Partition> find_partition(const Volume& disk, unsigned number,
                                               const std::string& shown);

}  // namespace tintype
