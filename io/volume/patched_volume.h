// A volume whose bytes lie here and there in local files: a VHD, a VHDX. What no
// patch covers reads as zeros and is no data.
#pragma once

#include <memory>
#include <vector>

#include "io/volume/volume.h"

namespace tintype {

class PatchedVolume final : public Volume {
 public:
  struct Patch {
    std::uint64_t offset = 0;  // on the volume; this and what follows in whole sectors
    std::uint64_t length = 0;
    std::uint64_t file_offset = 0;
    std::uint32_t file = 0;  // index into the files
    [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }
  };
  static constexpr std::uint32_t kSectorBytes = 512;

  // A file as patches want it: they begin at any sector of 512 bytes, so direct I/O is possible
  // only where that is its unit.
  [[nodiscard]] static Result<File> open_file(const std::string& path);

  // `sector_bytes`: of the disk; its files are read in units of kSectorBytes whatever that is.
  // `patches`: sorted, not overlapping, inside the volume and inside their files.
  PatchedVolume(std::string name, std::uint64_t size_bytes, std::uint32_t sector_bytes,
                std::vector<File> files, std::vector<Patch> patches);

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  std::uint32_t sector_bytes() const noexcept override { return sector_bytes_; }
  void map(Extent range, const std::function<void(const Piece&)>& piece) const override;
  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override;
  Result<ExtentList> data_extents() const override;

 private:
  std::string name_;
  std::uint64_t size_bytes_;
  std::uint32_t sector_bytes_;
  std::vector<File> files_;  // what map() hands out
  std::vector<Patch> patches_;
};

}  // namespace tintype
