#include "engine/bench/scratch_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <random>

namespace tintype {

Result<ScratchFile> ScratchFile::create(const std::string& folder, std::uint64_t bytes,
                                        Caching caching) {
  // File::create() takes no file that exists.
  const std::string path = fmt::format("{}/.tintype-bench-{:08x}", folder, std::random_device()());
  TINTYPE_TRY(File file, File::create(path, caching));
  std::error_code code;
  std::filesystem::remove(path, code);
  if (code) return system_error(code.value(), "remove", path);
  TINTYPE_CHECK(file.set_size(bytes));
  TINTYPE_CHECK(file.preallocate(0, bytes));
  return ScratchFile(std::move(file));
}

}  // namespace tintype
