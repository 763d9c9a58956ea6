#include "io/source/open_volume.h"

#include <fmt/format.h>

#include "io/disk_image/disk_image.h"
#include "io/nbd/nbd_volume.h"
#include "io/partition/partition_table.h"
#include "io/shadow/shadow_volume.h"
#include "io/volume/raw_volume.h"
#include "io/volume/slice_volume.h"

namespace tintype {
namespace {

Result<std::unique_ptr<Volume>> open_base(const VolumeSpec& spec, Caching caching,
                                          const std::atomic<bool>* stop,
                                          const VolumeRemark& remark) {
  if (spec.is_uri) return open_nbd_volume(spec.base, {.stop = stop});
  TINTYPE_TRY(auto image, open_disk_image(spec.base, {.allowed_folders = spec.allowed_folders,
                                                      .remark = remark,
                                                      .stop = stop}));
  if (image != nullptr) return image;
  return open_raw_volume(spec.base, caching);
}

Result<std::unique_ptr<Volume>> open_partition(const VolumeSpec& spec, std::unique_ptr<Volume> disk,
                                               const std::atomic<bool>* stop) {
  TINTYPE_TRY(const Partition partition, find_partition(*disk, *spec.partition, spec.base));
  // Old partitions start at sector 63. Where direct I/O wants more than that, all requests would be
  // unaligned, so they go through the page cache.
  if (partition.range.offset % disk->sector_bytes() != 0) {
    TINTYPE_TRY(disk, open_base(spec, Caching::page_cache, stop, {}));
    if (disk->size_bytes() < partition.range.end())
      return plain_error(fmt::format("{} was replaced while it was opened", spec.base),
                         "try again");
  }
  return std::make_unique<SliceVolume>(fmt::format("{}#{}", spec.base, partition.number),
                                       std::move(disk), partition.range);
}

Result<std::unique_ptr<Volume>> open_shadow_copy(const VolumeSpec& spec,
                                                 std::unique_ptr<Volume> volume) {
  return open_shadow_volume(std::move(volume), to_string(*spec.shadow));
}

}  // namespace

Result<std::unique_ptr<Volume>> open_volume(const VolumeSpec& spec, const std::atomic<bool>* stop,
                                            const VolumeRemark& remark) {
  TINTYPE_TRY(auto volume, open_base(spec, Caching::direct_if_possible, stop, remark));
  if (spec.partition) {
    TINTYPE_TRY(volume, open_partition(spec, std::move(volume), stop));
  }
  if (spec.shadow) {
    TINTYPE_TRY(volume, open_shadow_copy(spec, std::move(volume)));
  }
  return volume;
}

Result<std::vector<std::string>> parent_files(const VolumeSpec& spec) {
  if (spec.is_uri) return std::vector<std::string>();
  TINTYPE_TRY(std::vector<std::string> files,
              disk_image_files(spec.base, {.allowed_folders = spec.allowed_folders}));
  return files;
}

}  // namespace tintype
