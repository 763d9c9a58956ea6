#include "support/samples.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace tintype::test {

std::optional<std::filesystem::path> samples_dir() {
  if (const char* named = std::getenv("TINTYPE_SAMPLES"); named != nullptr) {
    if (std::filesystem::is_directory(named)) return named;
    return std::nullopt;
  }
  const std::filesystem::path beside =
      std::filesystem::path(TINTYPE_SOURCE_DIR).parent_path() / "shared" / "samples";
  if (std::filesystem::is_directory(beside)) return beside;
  return std::nullopt;
}

bool samples_required() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && std::string_view(ci) == "true";
}

std::vector<std::byte> read_sample(const std::filesystem::path& path) {
  const bool packed = path.extension() == ".gz";
  const std::string command = (packed ? "gzip -dc '" : "cat '") + path.string() + "'";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::vector<std::byte> content;
  std::byte piece[65536];
  while (const std::size_t got = std::fread(piece, 1, sizeof piece, pipe))
    content.insert(content.end(), piece, piece + got);
  if (::pclose(pipe) != 0) throw std::runtime_error(command + " failed");
  return content;
}

}  // namespace tintype::test
