#include "io/volume/image_folder.h"

#include <fmt/format.h>

#include <filesystem>

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHint =
    "if you trust the image, put that file beside it, or serve it yourself: qemu-nbd --read-only "
    "--socket=SOCKET IMAGE, and read nbd+unix:///?socket=SOCKET";

// qemu cuts longer names at various places, and would then open another file than was checked.
constexpr std::size_t kNameBytesMax = 500;

// "nbd:…", "json:…", "https://…": what qemu takes for no file but a way to get one.
bool has_scheme(const std::string& name) {
  const auto colon = name.find(':');
  return colon != std::string::npos && colon < name.find('/');
}

}  // namespace

Result<ImageFolder> ImageFolder::of(const std::string& image) {
  std::error_code code;
  const fs::path path = fs::canonical(image, code);
  if (code) return system_error(code.value(), "open", image);
  std::string folder = path.parent_path().string();
  if (!folder.ends_with('/')) folder += '/';
  return ImageFolder(std::move(folder));
}

Result<std::string> ImageFolder::find(const std::string& by, const std::string& name) const {
  const auto refuse = [&](std::string_view why) {
    return plain_error(fmt::format("cannot read {}: it is based on \"{}\", {}", by, name, why),
                       kHint);
  };
  if (name.size() > kNameBytesMax) return refuse("a name that is too long");
  if (name.empty() || name.find('\0') != std::string::npos || has_scheme(name))
    return refuse("which is no file");
  std::error_code code;
  const fs::path path = fs::canonical(fs::path(by).parent_path() / name, code);
  if (code == std::errc::no_such_file_or_directory) return refuse("which is missing");
  if (code) return refuse("which cannot be found: " + code.message());
  if (!path.string().starts_with(folder_)) return refuse("which lies outside its folder");
  if (!fs::is_regular_file(path, code)) return refuse("which is no regular file");
  return path.string();
}

}  // namespace tintype
