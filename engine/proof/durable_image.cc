#include "engine/proof/durable_image.h"

#include <fmt/format.h>

#include "engine/store/image_stamp.h"

namespace tintype {

Result<DurableImage> DurableImage::commit(DurableFile& image, std::string volume,
                                          ReadBack read_back) {
  const std::string path = image.final_path();
  TINTYPE_TRY(const FileStamp written, image_stamp(image.file()));
  TINTYPE_CHECK(image.commit());
  // The rename is a change of its own, but not of what is in the file.
  TINTYPE_TRY(const FileStamp named, image_stamp(path));
  if (named.inode != written.inode || named.size_bytes != written.size_bytes)
    return plain_error(fmt::format("{} was replaced while it was finished", path),
                       "is another backup writing to the same place?");
  return DurableImage(std::move(volume), read_back, named);
}

Result<DurableImage> DurableImage::read_again(const ImageReading& reading,
                                              const VolumeManifest& volume) {
  if (!reading.faults.empty())
    return tl::unexpected(
        Error{std::make_error_code(std::errc::bad_message),
              fmt::format("{} is damaged: {}", reading.image, fault_summary(reading)),
              "use another backup set; `tintype verify` shows all the damage"});
  const auto now = image_stamp(reading.image);
  if (!now || *now != reading.stamp)
    return plain_error(fmt::format("{} was changed while it was read", reading.image),
                       "find out by whom, then verify it again");
  return DurableImage(volume.name, volume.read_back, reading.stamp);
}

DurableImage DurableImage::recorded(const Verdict& verdict, const VolumeManifest& volume) {
  return DurableImage(volume.name, volume.read_back, verdict.image);
}

}  // namespace tintype
