#include "engine/extract/extract_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "engine/image/read/image_volume.h"
#include "hashing/counted.h"
#include "io/partition/partition_table.h"
#include "io/source/open_filesystem.h"
#include "io/volume/slice_volume.h"

namespace tintype {
namespace {

// Readers of metadata pass over what they cannot read: a file is missing then, and nobody knows.
// This one remembers that there was something.
class WatchedVolume final : public Volume {
 public:
  explicit WatchedVolume(const ImageReader& image)
      : image_(image), volume_(image, {.cache_bytes = kMetadataCacheBytes}) {}

  const std::string& name() const noexcept override { return volume_.name(); }
  std::uint64_t size_bytes() const noexcept override { return volume_.size_bytes(); }
  std::uint32_t sector_bytes() const noexcept override { return volume_.sector_bytes(); }
  void map(Extent range, const std::function<void(const Piece&)>& piece) const override {
    volume_.map(range, piece);
  }
  Result<ExtentList> data_extents() const override { return volume_.data_extents(); }

  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override {
    auto result = volume_.read(offset, bytes);
    const std::lock_guard lock(mutex_);
    if (!result && damage_.empty()) damage_ = result.error().what;
    if (!parts_within(image_.epilogue().unreadable, {offset, bytes.size()}).empty())
      met_hole_ = true;
    return result;
  }

  std::string damage() const {
    const std::lock_guard lock(mutex_);
    return damage_;
  }
  bool met_hole() const {
    const std::lock_guard lock(mutex_);
    return met_hole_;
  }

 private:
  const ImageReader& image_;
  ImageVolume volume_;
  mutable std::mutex mutex_;
  mutable std::string damage_;
  mutable bool met_hole_ = false;
};

Error as_damage(Error error) {
  if (!error.code) error.code = std::make_error_code(std::errc::bad_message);
  return error;
}

}  // namespace

struct ExtractSource::State {
  explicit State(ImageReader reader) : image(std::move(reader)), volume(image) {}
  ImageReader image;
  WatchedVolume volume;
  std::optional<SliceVolume> part;  // of it, if not all is asked for
  std::uint64_t part_offset = 0;
  std::unique_ptr<FilesystemMap> map;
  std::string volume_name;
  std::vector<std::string> unread_folders;
};

ExtractSource::ExtractSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
ExtractSource::ExtractSource(ExtractSource&&) noexcept = default;
ExtractSource::~ExtractSource() = default;

const ImageReader& ExtractSource::image() const noexcept {
  return state_->image;
}
const FilesystemMap& ExtractSource::map() const noexcept {
  return *state_->map;
}
const std::string& ExtractSource::volume_name() const noexcept {
  return state_->volume_name;
}

Result<ExtractSource> ExtractSource::open(const ExtractOptions::Source& from) {
  const std::string& image_path = from.image.path;
  auto image = ImageReader::open(from.image);
  if (!image) return tl::unexpected(std::move(image).error());
  auto state = std::make_unique<State>(*std::move(image));
  state->volume_name = from.volume;
  const WatchedVolume& disk = state->volume;
  const auto why_not = [&](Error error) {
    return tl::unexpected(disk.damage().empty() ? std::move(error) : as_damage(std::move(error)));
  };
  if (from.partition) {
    auto partition = find_partition(disk, *from.partition, image_path);
    if (!partition) return why_not(std::move(partition).error());
    state->part.emplace(fmt::format("{}#{}", image_path, *from.partition), disk, partition->range);
    state->part_offset = partition->range.offset;
  }
  const Volume& volume = state->part ? static_cast<const Volume&>(*state->part) : disk;
  auto probe = probe_filesystem(volume);
  if (!probe) return why_not(std::move(probe).error());
  auto map = open_filesystem_map(volume, *probe);
  if (!map) return why_not(std::move(map).error());
  if (*map == nullptr) {
    if (!disk.damage().empty()) return why_not({{}, disk.damage(), "use another backup set"});
    return plain_error(probe->type.empty()
                           ? fmt::format("no file system was recognised in {}", image_path)
                           : fmt::format("{} holds a file system this program cannot map: {}",
                                         image_path, probe->type),
                       "restore the volume and mount it, read-only");
  }
  state->map = *std::move(map);
  return ExtractSource(std::move(state));
}

Result<std::vector<FileEntry>> ExtractSource::find(const FilesystemMap::Wanted& wanted,
                                                   std::vector<FileNode>* nodes) const {
  FoundBeside beside;
  TINTYPE_TRY(auto files, state_->map->find(wanted, &beside));
  state_->unread_folders = std::move(beside.unread_folders);
  if (nodes != nullptr) *nodes = std::move(beside.nodes);
  if (state_->part_offset != 0)
    for (FileEntry& file : files)
      for (FileRun& run : file.runs) run.volume_offset += state_->part_offset;
  return files;
}

Result<void> ExtractSource::read(const FileEntry& file, std::uint64_t offset,
                                 std::span<std::byte> bytes) const {
  if (state_->part_offset == 0) return state_->map->read(file, offset, bytes);
  FileEntry as_mapped = file;
  for (FileRun& run : as_mapped.runs) run.volume_offset -= state_->part_offset;
  return state_->map->read(as_mapped, offset, bytes);
}

std::string ExtractSource::damage() const {
  return state_->volume.damage();
}

std::string ExtractSource::doubt() const {
  std::string doubt = state_->map->unreliable();
  if (!state_->unread_folders.empty())
    doubt +=
        fmt::format("{}{} cannot be read, first {}", doubt.empty() ? "" : "; ",
                    counted(state_->unread_folders.size(), "folder"), state_->unread_folders[0]);
  if (state_->volume.met_hole())
    doubt += fmt::format("{}the backup could not read some of what tells which files there are",
                         doubt.empty() ? "" : "; ");
  return doubt;
}

std::vector<ExtractSource::Hole> ExtractSource::holes(const FileEntry& file) const {
  std::vector<Hole> holes;
  const ImageEpilogue& epilogue = state_->image.epilogue();
  for (const FileRun& run : file.runs) {
    const Extent range{run.volume_offset, run.length};
    const auto add = [&](std::uint64_t from, std::uint64_t to, const char* why) {
      if (from < to) holes.push_back({{run.file_offset + (from - range.offset), to - from}, why});
    };
    for (const Extent& bad : parts_within(epilogue.unreadable, range))
      add(bad.offset, bad.end(), "the backup could not read it");
    std::uint64_t at = range.offset;
    for (const Extent& captured : parts_within(epilogue.captured, range)) {
      add(at, captured.offset, "it was not copied: the file system called it free");
      at = captured.end();
    }
    add(at, range.end(), "it was not copied: the file system called it free");
  }
  std::ranges::sort(holes, {}, [](const Hole& hole) { return hole.file_range.offset; });
  return holes;
}

}  // namespace tintype
