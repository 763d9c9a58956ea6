#include "engine/serve/served_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "engine/image/read/image_part.h"
#include "engine/manifest/set_name.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

std::int64_t seconds_of(system_clock::time_point time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

Result<std::int64_t> modified_at(const std::string& path) {
  std::error_code code;
  const auto time = fs::last_write_time(path, code);
  if (code) return system_error(code.value(), "open", path);
  return seconds_of(std::chrono::time_point_cast<system_clock::duration>(
      fs::file_time_type::clock::to_sys(time)));
}

}  // namespace

Result<std::vector<ServedName>> served_names(const ImageSelection& selection,
                                             std::optional<std::uint32_t> partition) {
  std::vector<ServedName> names;
  const auto finished = parse_utc_text(selection.manifest.finished_utc);
  for (const ImageSource& image : selection.images) {
    const fs::path file = fs::path(image.path).filename();
    ServedName name{.name = to_plain_name(file.stem().string()), .image = image};
    for (const VolumeManifest& volume : selection.manifest.volumes)
      if (volume.image == file) name.name = volume.name;
    name.partition = partition;
    if (partition) name.name += fmt::format("-p{}", *partition);
    if (finished) {
      name.made_at = seconds_of(*finished);
    } else {
      TINTYPE_TRY(name.made_at, modified_at(image.path));
    }
    names.push_back(std::move(name));
  }
  return names;
}

Result<std::unique_ptr<ServedImage>> ServedImage::open(const ServedName& name) {
  TINTYPE_TRY(ImageReader image, ImageReader::open(name.image));
  std::unique_ptr<ServedImage> served(new ServedImage(name, std::move(image)));
  TINTYPE_TRY(const ImagePart part, ImagePart::find(served->image_, name.partition));
  served->range_ = part.range();
  return served;
}

Result<void> ServedImage::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (offset > range_.length || bytes.size() > range_.length - offset)
    return plain_error(fmt::format("read past the end of {}", name_.name));
  return volume_.value().read(range_.offset + offset, bytes);
}

ImageVolume::Stretch ServedImage::stretch_at(std::uint64_t offset) const {
  ImageVolume::Stretch stretch = volume_.value().stretch_at(range_.offset + offset);
  stretch.length = std::min(stretch.length, range_.length - offset);
  return stretch;
}

std::uint64_t ServedImage::data_bytes() const {
  return total_bytes(parts_within(volume_.value().data_extents().value(), range_));
}

}  // namespace tintype
