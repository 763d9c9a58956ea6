#include "tools/select_image.h"

#include <fmt/format.h>

namespace tintype {

Result<ImageSelection> select_named(const std::string& what) {
  TINTYPE_TRY(const Selector selector, parse_selector(what));
  if (selector.image.empty() && selector.set.empty())
    return plain_error(fmt::format("{} is a repository: name one of its sets", what),
                       fmt::format("{}::latest is the newest", what));
  return select_images(what);
}

Result<ImageSelection> select_one(const std::string& what) {
  TINTYPE_TRY(ImageSelection selection, select_named(what));
  if (selection.images.size() == 1) return selection;
  std::string names;
  for (const VolumeManifest& volume : selection.manifest.volumes)
    names += (names.empty() ? "" : ", ") + volume.name;
  return plain_error(
      fmt::format("backup set {} has several volumes: {}", selection.manifest.name, names),
      fmt::format("name one: {}/{}", what, selection.manifest.volumes[0].name));
}

}  // namespace tintype
