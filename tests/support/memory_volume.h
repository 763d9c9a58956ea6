// A volume in memory: what a test wants to change byte by byte.
#pragma once

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "io/volume/volume.h"

namespace tintype::test {

class MemoryVolume final : public Volume {
 public:
  explicit MemoryVolume(std::vector<std::byte> content) : bytes(std::move(content)) {}

  std::vector<std::byte> bytes;
  ExtentList unreadable;  // reads that touch one of these fail with EIO

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size_bytes() const noexcept override { return bytes.size(); }
  std::uint32_t sector_bytes() const noexcept override { return 512; }
  // Reads as zeros for the data path: it has no file.
  void map(Extent range, const std::function<void(const Piece&)>& piece) const override {
    piece({nullptr, 0, range.length});
  }
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset > bytes.size() || out.size() > bytes.size() - offset)
      return plain_error("read past the end of a volume in memory");
    for (const Extent& bad : unreadable)
      if (bad.offset < offset + out.size() && offset < bad.end())
        return system_error_at(EIO, "read", name_, bad.offset);
    std::ranges::copy(std::span(bytes).subspan(offset, out.size()), out.begin());
    return {};
  }
  Result<ExtentList> data_extents() const override { return ExtentList{{0, bytes.size()}}; }

 private:
  std::string name_ = "memory";
};

}  // namespace tintype::test
