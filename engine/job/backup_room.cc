#include "engine/job/backup_room.h"

#include <fmt/format.h>

namespace tintype {
namespace {

// Folders, head, index and footer of the smallest image, a manifest: each a few blocks of 4 KiB.
constexpr std::uint64_t kSetBytesMin = 64 << 10;
// Data that shrinks to less than this part of itself is rare.
constexpr std::uint64_t kShrinksTo = 4;

std::string size_text(std::uint64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30));
}

}  // namespace

Result<void> check_room(const ImageStore& repository, std::uint64_t data_bytes,
                        Compression compression, JobMonitor& monitor) {
  const std::optional<std::uint64_t> free_bytes = repository.free_bytes();
  if (!free_bytes) return {};  // not even told: the pass will find out
  if (*free_bytes < kSetBytesMin)
    return plain_error(
        fmt::format("{} has no room: {} bytes are free on its disk", repository.location(),
                    *free_bytes),
        fmt::format("tintype versions {} shows what is in it, tintype remove takes a set out",
                    repository.location()));
  const std::uint64_t least =
      compression == Compression::none ? data_bytes : data_bytes / kShrinksTo;
  if (*free_bytes < least)
    monitor.warning(
        fmt::format("{} may not have enough room: {} are free, {} of data are to be kept",
                    repository.location(), size_text(*free_bytes), size_text(data_bytes)));
  return {};
}

}  // namespace tintype
