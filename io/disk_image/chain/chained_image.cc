#include "io/disk_image/chain/chained_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "io/disk_image/chain/image_folders.h"

namespace tintype {
namespace {

constexpr std::size_t kChainMax = 64;

using Chain = std::vector<std::unique_ptr<ChainedImage>>;

Result<std::unique_ptr<ChainedImage>> open_parent(const ImageFolders& folders,
                                                  const ChainedImage& child,
                                                  const OpenChained& open) {
  const std::string& path = child.file().path();
  std::optional<Error> first;
  for (const std::string& name : child.parent_names()) {
    const auto found = folders.find(path, name);
    auto parent = found ? open(*found) : tl::unexpected(found.error());
    if (parent && child.takes_for_parent((*parent)->identity())) return parent;
    if (parent)
      parent = plain_error(fmt::format("cannot read {}: {} is not the disk that it is based on, "
                                       "or was written to since",
                                       path, *found),
                           "look for the parent that it was made from");
    if (!first) first = std::move(parent).error();
  }
  if (first) return tl::unexpected(*std::move(first));
  return plain_error(
      fmt::format("cannot read {}: it does not name the disk that it is based on", path),
      "look for another copy of it");
}

// The image itself first.
Result<Chain> open_chain(const std::string& path, const OpenChained& open,
                         const ImageAccess& access) {
  TINTYPE_TRY(const ImageFolders folders, ImageFolders::of(path, access.allowed_folders));
  TINTYPE_TRY(auto first, open(path));
  Chain chain;
  chain.push_back(std::move(first));
  while (chain.back()->has_parent()) {
    const ChainedImage& child = *chain.back();
    if (chain.size() == kChainMax)
      return plain_error(fmt::format("cannot read {}: more than {} disks are based on one another",
                                     path, kChainMax));
    TINTYPE_TRY(auto parent, open_parent(folders, child, open));
    if (std::ranges::any_of(
            chain, [&](const auto& one) { return one->file().is_same_file_as(parent->file()); }))
      return plain_error(
          fmt::format("cannot read {}: {} is based on itself", path, parent->file().path()));
    if (parent->sector_bytes() != child.sector_bytes())
      return plain_error(
          fmt::format("cannot read {}: its sectors have {} bytes, and those of {}, "
                      "which it is based on, have {}",
                      child.file().path(), child.sector_bytes(), parent->file().path(),
                      parent->sector_bytes()));
    chain.push_back(std::move(parent));
  }
  return chain;
}

}  // namespace

Result<std::unique_ptr<Volume>> open_chained_volume(const std::string& path,
                                                    const OpenChained& open,
                                                    const ImageAccess& access) {
  TINTYPE_TRY(const Chain chain, open_chain(path, open, access));
  std::vector<File> files;
  PatchList patches;
  // A disk that grew sees zeros behind its parent's end, and of a larger one only its own range:
  // also where a disk between the two is smaller.
  std::uint64_t seen_bytes = chain.front()->disk_bytes();
  for (const auto& image : chain) {
    TINTYPE_TRY(File file, PatchedVolume::open_file(image->file().path()));
    if (!file.is_same_file_as(image->file()))
      return plain_error(
          fmt::format("cannot read {}: it was replaced while it was opened", image->file().path()),
          "try again");
    const auto number = static_cast<std::uint32_t>(files.size());
    files.push_back(std::move(file));
    TINTYPE_TRY(PatchList own, image->patches(number, files));
    seen_bytes = std::min(seen_bytes, image->disk_bytes());
    cut(own, seen_bytes);
    patches = laid_over(patches, own);
    if (patches.size() > kImagePiecesMax)
      return plain_error(
          fmt::format("cannot read {}: it is in too many pieces", image->file().path()));
    if (access.remark)
      for (const std::string& remark : image->remarks())
        access.remark(fmt::format("{}: {}", image->file().path(), remark));
  }
  std::erase_if(patches, [](const auto& patch) { return patch.file == kZeroPatch; });
  return std::make_unique<PatchedVolume>(path, chain.front()->disk_bytes(),
                                         chain.front()->sector_bytes(), std::move(files),
                                         std::move(patches));
}

Result<std::vector<std::string>> chained_files(const std::string& path, const OpenChained& open,
                                               const ImageAccess& access) {
  TINTYPE_TRY(const Chain chain, open_chain(path, open, access));
  std::vector<std::string> files;
  for (const auto& image : chain) files.push_back(image->file().path());
  return files;
}

}  // namespace tintype
