#include "io/disk_image/chain/image_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

namespace tintype {
namespace {

namespace fs = std::filesystem;

// qemu cuts longer names at various places, and would then open another file than was checked.
constexpr std::size_t kNameBytesMax = 500;

// "nbd:…", "json:…", "https://…": what qemu takes for no file but a way to get one.
bool has_scheme(const std::string& name) {
  const auto colon = name.find(':');
  return colon != std::string::npos && colon < name.find('/');
}

std::string with_slash(std::string folder) {
  if (!folder.ends_with('/')) folder += '/';
  return folder;
}

}  // namespace

Result<ImageFolders> ImageFolders::of(const std::string& image,
                                      const std::vector<std::string>& allowed) {
  std::error_code code;
  const fs::path path = fs::canonical(image, code);
  if (code) return system_error(code.value(), "open", image);
  std::vector<std::string> folders{with_slash(path.parent_path().string())};
  for (const std::string& one : allowed) {
    const fs::path folder = fs::canonical(one, code);
    if (code) return system_error(code.value(), "use --allow-folder", one);
    if (!fs::is_directory(folder, code))
      return plain_error(fmt::format("cannot use --allow-folder {}: it is no folder", one));
    folders.push_back(with_slash(folder.string()));
  }
  return ImageFolders(std::move(folders));
}

bool ImageFolders::holds(const std::string& path) const {
  return std::ranges::any_of(folders_,
                             [&](const std::string& folder) { return path.starts_with(folder); });
}

Result<std::string> ImageFolders::find_there(const std::string& by, const std::string& name) const {
  return find_there(by, name, "put it there");
}

Result<std::string> ImageFolders::find_there(const std::string& by, const std::string& name,
                                             std::string_view if_missing) const {
  const auto refuse = [&](std::string_view why, std::string hint = {}) {
    return plain_error(fmt::format("cannot read {}: it is based on \"{}\", {}", by, name, why),
                       std::move(hint));
  };
  if (name.size() > kNameBytesMax) return refuse("a name that is too long");
  if (name.empty() || name.find('\0') != std::string::npos || has_scheme(name))
    return refuse("which is no file");
  std::error_code code;
  const fs::path path = fs::canonical(fs::path(by).parent_path() / name, code);
  if (code == std::errc::no_such_file_or_directory)
    return refuse("which is missing", std::string(if_missing));
  if (code) return refuse("which cannot be found: " + code.message());
  if (!holds(path.string()))
    return refuse(
        "which lies outside its folder",
        fmt::format("if you trust the image: --allow-folder {}", path.parent_path().string()));
  if (!fs::is_regular_file(path, code)) return refuse("which is no regular file");
  return path.string();
}

Result<std::string> ImageFolders::find(const std::string& by, const std::string& name) const {
  auto found = find_there(by, name, "put it there, or name its folder: --allow-folder DIR");
  if (found || name.size() > kNameBytesMax || has_scheme(name)) return found;
  for (const std::string& folder : std::span(folders_).subspan(1))
    if (auto other = find_there(folder + "image", fs::path(name).filename().string())) return other;
  return found;
}

}  // namespace tintype
