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

Result<Selector> parse_selector(const std::string& argument, const SetFilter& filter) {
  std::error_code code;
  const fs::file_status status = fs::status(argument, code);
  if (fs::is_directory(status)) return Selector{.repository = argument, .filter = filter};
  if (fs::exists(status)) return Selector{.image = argument};
  const auto split = argument.rfind("::");
  if (split == std::string::npos) {
    constexpr int kNone = static_cast<int>(std::errc::no_such_file_or_directory);
    const int error = code ? code.value() : kNone;
    return system_error(error, "open", argument,
                        error == kNone ? "name a repository, REPO::SET or an image" : "");
  }
  Selector selector{
      .repository = argument.substr(0, split), .set = argument.substr(split + 2), .filter = filter};
  if (const auto slash = selector.set.find('/'); slash != std::string::npos) {
    selector.volume = selector.set.substr(slash + 1);
    selector.set.resize(slash);
    if (selector.volume.empty())
      return usage_error(fmt::format("\"{}\" names no volume after the slash", argument));
  }
  if (selector.repository.empty() || selector.set.empty())
    return usage_error(fmt::format("\"{}\" is not REPO::SET", argument),
                       "REPO::latest is the newest set");
  return selector;
}

ImageSource image_in(const SetEntry& entry, const VolumeManifest& volume) {
  ImageSource source(fmt::format("{}/{}", entry.path, volume.image),
                     {.volume_name = volume.name,
                      .volume_bytes = volume.volume_bytes,
                      .image_bytes = volume.image_bytes,
                      .chunk_bytes = volume.chunk_bytes,
                      .all_blocks = volume.all_blocks,
                      .stock = volume.stock,
                      .content_digest = volume.content_digest});
  if (!entry.store) return source;
  const std::string object = entry.object(volume.image);
  source.open = [store = entry.store, object] { return store->open_image(object); };
  source.stamp = [store = entry.store, object] { return store->stamp_of(object); };
  return source;
}

Result<void> check_usable(const SetEntry& entry) {
  if (!entry.problem.empty()) {
    const bool damaged = !entry.problem_code;
    return tl::unexpected(Error{
        damaged ? std::make_error_code(std::errc::bad_message) : entry.problem_code, entry.problem,
        damaged ? fmt::format("the images in {} can still be named one by one", entry.path) : ""});
  }
  if (!entry.finished)
    return plain_error(fmt::format("backup set {} is unfinished", entry.name),
                       "its backup did not come to an end");
  return {};
}

Result<ImageSelection> select_images(const SetEntry& entry, std::string_view volume) {
  TINTYPE_CHECK(check_usable(entry));
  ImageSelection selection{.set_path = entry.path, .manifest = entry.manifest};
  for (const VolumeManifest& known : entry.manifest.volumes)
    if (volume.empty() || volume == known.name || volume == known.image)
      selection.images.push_back(image_in(entry, known));
  if (selection.images.empty())
    return plain_error(fmt::format("backup set {} has no volume \"{}\"", entry.name, volume),
                       fmt::format("it has {}", volume_names(entry.manifest)));
  return selection;
}

Result<ImageSelection> select_images(const std::string& argument, const SetFilter& filter) {
  TINTYPE_TRY(const Selector selector, parse_selector(argument, filter));
  if (!selector.image.empty()) return ImageSelection{.images = {selector.image}};
  TINTYPE_TRY(const Repository repository, Repository::open(selector.repository));
  TINTYPE_TRY(const SetEntry entry, repository.find(selector.query()));
  return select_images(entry, selector.volume);
}

}  // namespace tintype
