#include "engine/guard/original_place.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/guard/target_guard.h"
#include "engine/manifest/set_name.h"
#include "io/disk_image/disk_image_kind.h"
#include "io/storage/open_files.h"
#include "io/storage/partition_device.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNameIt = "name the target: --to";

// A device or raw file that holds the volume and nothing else.
Result<std::string> place_of(const VolumeSpec& spec) {
  if (spec.is_uri)
    return plain_error(fmt::format("{} is an NBD export: it is only read", spec.text), kNameIt);
  if (spec.shadow)
    return plain_error(fmt::format("{} is a shadow copy: it cannot be written", spec.text),
                       fmt::format("{} {} --overwrite replaces the volume, and its shadow copies",
                                   kNameIt, spec.base));
  if (!fs::path(spec.base).is_absolute())
    return plain_error(
        fmt::format("{} was given without its folder when it was backed up", spec.text), kNameIt);
  std::error_code code;
  if (!fs::exists(spec.base, code))
    return plain_error(fmt::format("{} is gone", spec.base),
                       fmt::format("to make it anew: --to {}", spec.base));
  if (fs::is_directory(spec.base, code))
    return plain_error(fmt::format("{} is a folder: its files are not written over", spec.base),
                       "name a folder that is new or empty: --to");
  if (!spec.partition) return spec.base;
  if (!fs::is_block_file(spec.base, code))
    return plain_error(fmt::format("{} is a partition of a file: it is only read", spec.text),
                       kNameIt);
  return partition_device(spec.base, *spec.partition);
}

}  // namespace

Result<std::string> original_place(const VolumeManifest& volume, std::string_view backup_host) {
  if (backup_host != this_host())
    return plain_error(
        fmt::format("the backup was made on {}, and this is {}", backup_host, this_host()),
        kNameIt);
  TINTYPE_TRY(const VolumeSpec spec, parse_volume_spec(volume.source));
  TINTYPE_TRY(std::string place, place_of(spec));
  TINTYPE_CHECK(check_target_usable(place));
  // Nobody named this place: whoever looks at what it holds now is asked first.
  if (is_open_elsewhere(place, OpenFor::anything))
    return plain_error(fmt::format("{} is in use: another program has it open", place),
                       "end that program first; lsof tells which");
  // Opened as a restore opens it: what refuses that, refuses it before anything is asked.
  TINTYPE_TRY(const File file, File::open_target(place, Caching::page_cache));
  TINTYPE_TRY(const DiskImageKind kind, disk_image_kind(file));
  if (kind != DiskImageKind::none && !file.geometry().block_device)
    return plain_error(
        fmt::format("{} is a disk image ({}): it is only read", place, to_string(kind)),
        "`tintype export` makes a new one");
  if (file.geometry().size_bytes != volume.volume_bytes)
    return plain_error(fmt::format("{} has {} bytes now, the volume had {}", place,
                                   file.geometry().size_bytes, volume.volume_bytes),
                       fmt::format("if it is the right one: --to {}", place));
  return place;
}

}  // namespace tintype
