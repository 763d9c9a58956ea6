#include "io/volume/open_volume.h"

#include <fmt/format.h>

#include "io/volume/disk_image.h"
#include "io/volume/nbd_volume.h"
#include "io/volume/partition_table.h"
#include "io/volume/raw_volume.h"
#include "io/volume/shadow_volume.h"
#include "io/volume/slice_volume.h"

namespace tintype {
namespace {

Result<std::unique_ptr<Volume>> open_base(const VolumeSpec& spec, Caching caching) {
  if (spec.is_uri) return open_nbd_volume(spec.base);
  TINTYPE_TRY(auto image, open_disk_image(spec.base));
  if (image != nullptr) return image;
  return open_raw_volume(spec.base, caching);
}

std::string numbers_of(const PartitionTable& table) {
  std::string numbers;
  for (const Partition& partition : table.partitions)
    if (!partition.container)
      numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", partition.number);
  return numbers;
}

Result<Partition> find_partition(const VolumeSpec& spec, const Volume& disk) {
  const unsigned number = *spec.partition;
  TINTYPE_TRY(const PartitionTable table, read_partition_table(disk));
  if (table.scheme == PartitionScheme::none)
    return plain_error(fmt::format("{} has no partition table", spec.base),
                       fmt::format("leave out #{} to take all of it", number));
  const Partition* partition = table.find(number);
  if (partition == nullptr)
    return plain_error(
        fmt::format("{} has no partition {}", spec.base, number),
        table.partitions.empty() ? "it has none" : fmt::format("it has {}", numbers_of(table)));
  if (partition->container)
    return plain_error(
        fmt::format("partition {} of {} only holds other partitions", number, spec.base),
        fmt::format("it has {}", numbers_of(table)));
  if (!partition->problem.empty())
    return plain_error(fmt::format("partition {} of {}: {}", number, spec.base, partition->problem),
                       "the whole disk can still be backed up");
  return *partition;
}

Result<std::unique_ptr<Volume>> open_partition(const VolumeSpec& spec,
                                               std::unique_ptr<Volume> disk) {
  TINTYPE_TRY(const Partition partition, find_partition(spec, *disk));
  // Old partitions start at sector 63. Where direct I/O wants more than that, all requests would be
  // crooked, so the page cache has to straighten them.
  if (partition.range.offset % disk->sector_bytes() != 0) {
    TINTYPE_TRY(disk, open_base(spec, Caching::page_cache));
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

Result<std::unique_ptr<Volume>> open_volume(const VolumeSpec& spec) {
  TINTYPE_TRY(auto volume, open_base(spec, Caching::direct_if_possible));
  if (spec.partition) {
    TINTYPE_TRY(volume, open_partition(spec, std::move(volume)));
  }
  if (spec.shadow) {
    TINTYPE_TRY(volume, open_shadow_copy(spec, std::move(volume)));
  }
  return volume;
}

Result<std::vector<std::string>> parent_files(const VolumeSpec& spec) {
  if (spec.is_uri) return std::vector<std::string>();
  TINTYPE_TRY(std::vector<std::string> files, disk_image_files(spec.base));
  return files;
}

}  // namespace tintype
