#include "io/volume/patched_volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/aligned_buffer.h"
#include "io/invariant.h"

namespace tintype {
namespace {

// Metadata is read through a buffer of this size, in whole sectors.
constexpr std::size_t kBounceBytes = 64 * 1024;

}  // namespace

Result<File> PatchedVolume::open_file(const std::string& path) {
  TINTYPE_TRY(File file, File::open_source(path, Caching::direct_if_possible));
  if (file.geometry().sector_bytes <= kSectorBytes &&
      file.geometry().memory_alignment <= kSectorBytes)
    return file;
  return File::open_source(path, Caching::page_cache);
}

PatchedVolume::PatchedVolume(std::string name, std::uint64_t size_bytes, std::uint32_t sector_bytes,
                             std::vector<File> files, std::vector<Patch> patches)
    : name_(std::move(name)),
      size_bytes_(size_bytes),
      sector_bytes_(sector_bytes),
      files_(std::move(files)),
      patches_(std::move(patches)) {
  std::uint64_t at = 0;
  for (const Patch& patch : patches_) {
    invariant(patch.offset >= at && patch.end() <= size_bytes_ && patch.file < files_.size(),
              "the patches of a volume overlap, or leave it");
    at = patch.end();
  }
}

void PatchedVolume::map(Extent range, const std::function<void(const Piece&)>& piece) const {
  invariant(range.end() <= size_bytes_, "a range outside the volume was mapped");
  std::uint64_t at = range.offset;
  auto patch = std::ranges::upper_bound(patches_, at, {}, &Patch::end);
  while (at < range.end()) {
    const std::uint64_t zeros_to =
        std::min(range.end(), patch == patches_.end() ? range.end() : patch->offset);
    if (at < zeros_to) {
      piece({.length = zeros_to - at});
      at = zeros_to;
      continue;
    }
    const std::uint64_t to = std::min(range.end(), patch->end());
    piece({.file = &files_[patch->file],
           .file_offset = patch->file_offset + (at - patch->offset),
           .length = to - at});
    at = to;
    ++patch;
  }
}

Result<void> PatchedVolume::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  // Offsets come from the volume's own metadata, which may be damaged: no invariant.
  if (offset > size_bytes_ || bytes.size() > size_bytes_ - offset)
    return plain_error(fmt::format("cannot read {} bytes at offset {} of {}: it has only {}",
                                   bytes.size(), offset, name_, size_bytes_));
  const AlignedBuffer bounce(kBounceBytes);
  Result<void> result;
  map({offset, bytes.size()}, [&](const Piece& piece) {
    for (std::uint64_t done = 0; done < piece.length && result;) {
      const std::uint64_t at = piece.file_offset + done;
      const std::size_t inside = at % kSectorBytes;
      const auto count = static_cast<std::size_t>(
          std::min<std::uint64_t>(piece.length - done, kBounceBytes - inside));
      if (piece.file == nullptr) {
        std::memset(bytes.data(), 0, count);
      } else {
        const std::size_t whole = (inside + count + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
        const auto got = piece.file->read_at(at - inside, bounce.bytes().first(whole));
        if (!got)
          result = tl::unexpected(got.error());
        else if (*got < inside + count)
          result = plain_error(
              fmt::format("cannot read {} at offset {}: it ends early", piece.file->path(), at),
              "was it cut while it was read?");
        else
          std::memcpy(bytes.data(), bounce.data() + inside, count);
      }
      bytes = bytes.subspan(count);
      done += count;
    }
  });
  return result;
}

Result<ExtentList> PatchedVolume::data_extents() const {
  ExtentList extents;
  for (const Patch& patch : patches_) extents.push_back({patch.offset, patch.length});
  return normalized(std::move(extents));
}

}  // namespace tintype
