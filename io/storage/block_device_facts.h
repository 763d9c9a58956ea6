// What the kernel says of a block device by itself: for who is about to lose what is on it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tintype {

struct BlockDeviceFacts {
  std::uint64_t size_bytes = 0;
  bool read_only = false;
  std::string model;                    // "" where none is told
  std::vector<std::string> partitions;  // "/dev/sda1", in the order of their numbers
  // Sectors written and given back since the system started; nothing where nobody counts.
  std::optional<std::uint64_t> sectors_changed;
};

// Nothing for what is no block device.
[[nodiscard]] std::optional<BlockDeviceFacts> block_device_facts(const std::string& path,
                                                                 const std::string& sys = "/sys");
// The same of a device by its number.
[[nodiscard]] BlockDeviceFacts block_device_facts(std::uint64_t device,
                                                  const std::string& sys = "/sys");

}  // namespace tintype
