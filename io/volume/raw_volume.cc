#include "io/volume/raw_volume.h"

#include <fmt/format.h>

#include "io/file/extent_map.h"
#include "io/invariant.h"

namespace tintype {
namespace {

class RawVolume final : public Volume {
 public:
  RawVolume(File data, File metadata) : data_(std::move(data)), metadata_(std::move(metadata)) {}

  const std::string& name() const noexcept override { return data_.path(); }
  std::uint64_t size_bytes() const noexcept override { return data_.geometry().size_bytes; }
  std::uint32_t sector_bytes() const noexcept override { return data_.geometry().sector_bytes; }

  void map(Extent range, const std::function<void(const Piece&)>& piece) const override {
    invariant(contains(range), "a range outside the volume was mapped");
    if (range.length > 0)
      piece({.file = &data_,
             .file_offset = range.offset,
             .length = range.length,
             .cached = &metadata_});
  }

  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override {
    // Offsets come from the volume's own metadata, which may be damaged: no invariant.
    if (!contains({.offset = offset, .length = bytes.size()}))
      return plain_error(fmt::format("cannot read {} bytes at offset {} of {}: it has only {}",
                                     bytes.size(), offset, name(), size_bytes()));
    TINTYPE_TRY(const std::size_t got, metadata_.read_at(offset, bytes));
    if (got < bytes.size())
      return plain_error(
          fmt::format("cannot read {} at offset {}: it ends early", name(), offset + got),
          "was it cut while it was read?");
    return {};
  }

  Result<ExtentList> data_extents() const override {
    TINTYPE_TRY(const ExtentList extents, tintype::data_extents(data_));
    return intersection(extents, {{.offset = 0, .length = size_bytes()}});
  }

 private:
  bool contains(Extent range) const noexcept {
    return range.offset <= size_bytes() && range.length <= size_bytes() - range.offset;
  }

  File data_;      // direct I/O where possible: what map() hands out
  File metadata_;  // through the page cache: what read() uses
};

}  // namespace

Result<std::unique_ptr<Volume>> open_raw_volume(const std::string& path, Caching caching) {
  TINTYPE_TRY(File data, File::open_source(path, caching));
  if (data.geometry().size_bytes == 0)
    return plain_error("cannot read " + path + ": it is empty",
                       data.geometry().block_device ? "is the device attached?" : "");
  TINTYPE_TRY(File metadata, File::open_source(path, Caching::page_cache));
  if (!metadata.is_same_file_as(data))
    return plain_error("cannot read " + path + ": it was replaced while it was opened",
                       "try again");
  return std::make_unique<RawVolume>(std::move(data), std::move(metadata));
}

}  // namespace tintype
