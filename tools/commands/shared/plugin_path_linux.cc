#include <filesystem>

#include "tools/commands/shared/plugin_path.h"

namespace tintype {

Result<std::string> plugin_path() {
  namespace fs = std::filesystem;
  constexpr std::string_view kName = "nbdkit-tintype-plugin.so";
  std::error_code code;
  const fs::path folder = fs::read_symlink("/proc/self/exe", code).parent_path();
  for (const fs::path& candidate :
       {folder / kName, (folder / TINTYPE_PLUGIN_FOLDER / kName).lexically_normal()})
    if (fs::is_regular_file(candidate, code)) return candidate.string();
  return plain_error("nbdkit-tintype-plugin.so is not here",
                     "it is installed with tintype; install it again");
}

}  // namespace tintype
