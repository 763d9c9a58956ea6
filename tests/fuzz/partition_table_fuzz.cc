// Partition tables on any bytes: what they say, and what a larger disk would get. The first byte
// says how to treat the others:
//   bit 0   seal both copies of a GPT again, so that the search gets behind the checksums
//
// The corpus are disks of 64 KiB made by sfdisk: a GPT with two partitions, and a master boot
// record with three logical ones.
#include "io/invariant.h"
#include "support/memory_volume.h"
#include "tests/io/partition/partition_probe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > (1 << 20)) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  tintype::test::MemoryVolume disk({bytes.begin(), bytes.end()});
  if ((data[0] & 1) != 0 && disk.bytes.size() >= 2048) {
    tintype::test::seal_gpt_at(disk.bytes, 512);
    tintype::test::seal_gpt_at(disk.bytes, disk.bytes.size() / 512 * 512 - 512);
  }
  const std::string wrong = tintype::test::probe_partitions(disk);
  tintype::invariant(wrong.empty(), "a partition table that makes no sense");
  return 0;
}
