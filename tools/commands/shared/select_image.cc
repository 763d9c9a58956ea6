#include "tools/commands/shared/select_image.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

namespace tintype {

tl::unexpected<Error> set_is_missing(const std::string& folder) {
  if (auto repository = Repository::open(folder); !repository)
    return tl::unexpected(std::move(repository).error());
  return usage_error(fmt::format("{} is a repository: name one of its sets", folder),
                     fmt::format("{}::latest is the newest", folder));
}

Result<void> refuse_set_name(const std::string& path, std::string_view wanted) {
  std::error_code code;
  const auto split = path.rfind("::");
  if (split == std::string::npos || std::filesystem::exists(path, code) ||
      !std::filesystem::exists(path.substr(0, split) + "/tintype.json", code))
    return {};
  return usage_error(fmt::format("{} names a backup set, and {} is wanted here", path, wanted));
}

Result<ImageSelection> select_named(const std::string& what, const SetFilter& filter) {
  TINTYPE_TRY(const Selector selector, parse_selector(what, filter));
  if (selector.image.empty() && selector.set.empty()) return set_is_missing(what);
  return select_images(what, filter);
}

Result<ImageSelection> select_one(const std::string& what, const SetFilter& filter) {
  TINTYPE_TRY(ImageSelection selection, select_named(what, filter));
  if (selection.images.size() == 1) return selection;
  std::string names;
  for (const VolumeManifest& volume : selection.manifest.volumes)
    names += (names.empty() ? "" : ", ") + volume.name;
  return usage_error(
      fmt::format("backup set {} has several volumes: {}", selection.manifest.name, names),
      fmt::format("name one: {}/{}", what, selection.manifest.volumes[0].name));
}

PartName parse_part_name(const std::string& argument) {
  std::error_code code;
  const auto hash = argument.rfind('#');
  if (hash == std::string::npos || hash == 0 || std::filesystem::exists(argument, code))
    return {argument, {}};
  std::uint32_t number = 0;
  const char* const end = argument.data() + argument.size();
  const auto [rest, problem] = std::from_chars(argument.data() + hash + 1, end, number);
  if (problem != std::errc{} || rest != end || number == 0) return {argument, {}};
  return {argument.substr(0, hash), number};
}

void warn_of_findings(Session& session, const ImageSelection& selection, const std::string& what) {
  if (!selection.set_path.empty() && !selection.manifest.sound) warn_of_findings(session, what);
}

void warn_of_findings(Session& session, const std::string& what) {
  session.warn(fmt::format("the backup has findings: tintype show {}", what));
}

}  // namespace tintype
