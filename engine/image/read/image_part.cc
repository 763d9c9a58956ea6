#include "engine/image/read/image_part.h"

#include <algorithm>

#include "engine/image/read/image_volume.h"
#include "io/partition/partition_table.h"

namespace tintype {

Result<ImagePart> ImagePart::find(const ImageReader& image,
                                  std::optional<std::uint32_t> partition) {
  if (!partition) return ImagePart(image);
  const ImageVolume disk(image, {.cache_bytes = kMetadataCacheBytes});
  TINTYPE_TRY(const Partition found, find_partition(disk, *partition, image.file().path()));
  return ImagePart(image, found.range);
}

Extent ImagePart::target_of(const ImageRecord& record) const noexcept {
  const std::uint64_t begin = std::max(record.volume_offset, range_.offset);
  const std::uint64_t end = std::min(record.volume_offset + record.plain_bytes, range_.end());
  return begin < end ? Extent{begin - range_.offset, end - begin} : Extent{};
}

Result<Digest128> ImagePart::digest_of(const ImageRecord& record) const {
  const Extent target = target_of(record);
  if (target.length == record.plain_bytes) return record.plain_digest;
  std::vector<std::byte> bytes(static_cast<std::size_t>(target.length));
  const ImageVolume volume(*image_, {.cache_bytes = kMetadataCacheBytes});
  TINTYPE_CHECK(volume.read(range_.offset + target.offset, bytes));
  return xxh3_128(bytes);
}

ExtentList ImagePart::targets(bool runs) const {
  ExtentList found;
  for (const ImageRecord& record : image_->records()) {
    if (((record.flags & kRecordRun) != 0) != runs) continue;
    const Extent target = target_of(record);
    if (target.length == 0) continue;
    if (!found.empty() && found.back().end() == target.offset)
      found.back().length += target.length;
    else
      found.push_back(target);
  }
  return found;  // records are in order
}

ExtentList ImagePart::data() const {
  return targets(false);
}

ExtentList ImagePart::zeros() const {
  return targets(true);
}

ExtentList ImagePart::moved(const ExtentList& of_volume) const {
  ExtentList mine = parts_within(of_volume, range_);
  for (Extent& extent : mine) extent.offset -= range_.offset;
  return mine;
}

std::uint64_t ImagePart::stored_bytes(const std::vector<bool>* only) const noexcept {
  std::uint64_t sum = 0;
  const auto& records = image_->records();
  for (std::size_t i = 0; i < records.size(); ++i)
    if (target_of(records[i]).length != 0 && (only == nullptr || (*only)[i]))
      sum += records[i].stored_bytes;
  return sum;
}

std::uint64_t ImagePart::alignment() const noexcept {
  std::uint64_t bits = (std::uint64_t{1} << 20) | range_.offset;
  for (const ImageRecord& record : image_->records())
    if (target_of(record).length != 0) bits |= record.volume_offset;
  return bits & -bits;  // the lowest bit of all
}

}  // namespace tintype
