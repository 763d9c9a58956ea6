#include "engine/proof/durable_image.h"

#include <fmt/format.h>

namespace tintype {

Result<DurableImage> DurableImage::commit(NewImage& image, std::string volume, ReadBack read_back) {
  TINTYPE_TRY(const FileStamp named, image.commit());
  return DurableImage(std::move(volume), read_back, named);
}

Result<DurableImage> DurableImage::read_again(const ImageReading& reading,
                                              const VolumeManifest& volume,
                                              const Result<FileStamp>& now) {
  if (!reading.faults.empty())
    return tl::unexpected(
        Error{std::make_error_code(std::errc::bad_message),
              fmt::format("{} is damaged: {}", reading.image, fault_summary(reading)),
              "use another backup set; `tintype verify` shows all the damage"});
  if (!now || *now != reading.stamp)
    return plain_error(fmt::format("{} was changed while it was read", reading.image),
                       "find out by whom, then verify it again");
  return DurableImage(volume.name, volume.read_back, reading.stamp);
}

DurableImage DurableImage::recorded(const Verdict& verdict, const VolumeManifest& volume) {
  return DurableImage(volume.name, volume.read_back, verdict.image);
}

}  // namespace tintype
