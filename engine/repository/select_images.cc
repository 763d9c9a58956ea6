// From what the user typed to image paths.
#include <fmt/format.h>

#include <filesystem>

#include "engine/repository/repository.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

std::string volume_names(const SetManifest& manifest) {
  std::string names;
  for (const VolumeManifest& volume : manifest.volumes)
    names += (names.empty() ? "" : ", ") + volume.name;
  return names;
}

}  // namespace

Result<Selector> parse_selector(const std::string& argument) {
  std::error_code code;
  const fs::file_status status = fs::status(argument, code);
  if (fs::is_directory(status)) return Selector{.repository = argument};
  if (fs::exists(status)) return Selector{.image = argument};
  const auto split = argument.rfind("::");
  if (split == std::string::npos)
    return system_error(code ? code.value() : ENOENT, "open", argument);
  Selector selector{.repository = argument.substr(0, split), .set = argument.substr(split + 2)};
  if (const auto slash = selector.set.find('/'); slash != std::string::npos) {
    selector.volume = selector.set.substr(slash + 1);
    selector.set.resize(slash);
    if (selector.volume.empty())
      return plain_error(fmt::format("\"{}\" names no volume after the slash", argument));
  }
  if (selector.repository.empty() || selector.set.empty())
    return plain_error(fmt::format("\"{}\" is not REPO::SET", argument),
                       "REPO::latest is the newest set");
  return selector;
}

Result<ImageSelection> select_images(const SetEntry& entry, std::string_view volume) {
  if (!entry.finished)
    return plain_error(fmt::format("backup set {} is unfinished", entry.name),
                       entry.problem.empty() ? "its backup did not come to an end" : entry.problem);
  if (!entry.problem.empty())
    return plain_error(entry.problem,
                       fmt::format("the images in {} can still be named one by one", entry.path));
  ImageSelection selection{.set_path = entry.path, .manifest = entry.manifest};
  for (const VolumeManifest& known : entry.manifest.volumes)
    if (volume.empty() || volume == known.name || volume == known.image)
      selection.images.push_back(fmt::format("{}/{}", entry.path, known.image));
  if (selection.images.empty())
    return plain_error(fmt::format("backup set {} has no volume \"{}\"", entry.name, volume),
                       fmt::format("it has {}", volume_names(entry.manifest)));
  return selection;
}

Result<ImageSelection> select_images(const std::string& argument) {
  TINTYPE_TRY(const Selector selector, parse_selector(argument));
  if (!selector.image.empty()) return ImageSelection{.images = {selector.image}};
  TINTYPE_TRY(const Repository repository, Repository::open(selector.repository));
  TINTYPE_TRY(const SetEntry entry,
              repository.find(selector.set.empty() ? "latest" : selector.set));
  return select_images(entry, selector.volume);
}

}  // namespace tintype
