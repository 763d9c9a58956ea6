#include "io/storage/block_device_facts.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSysfsSectorBytes = 512;

std::uint64_t number_in(const fs::path& path) {
  std::uint64_t number = 0;
  std::ifstream(path) >> number;
  return number;
}

// Words of `stat`, from 0: 6 are the sectors written, 13 those discarded (Linux 4.18).
std::optional<std::uint64_t> changed_sectors(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::uint64_t> words;
  for (std::uint64_t word = 0; in >> word;) words.push_back(word);
  if (words.size() <= 6) return std::nullopt;
  return words[6] + (words.size() > 13 ? words[13] : 0);
}

// "Samsung SSD 870 ": padded by the drive.
std::string model_in(const fs::path& folder) {
  std::string model;
  std::ifstream in(folder / "device/model");
  std::getline(in, model);
  while (model.ends_with(' ')) model.pop_back();
  return model;
}

}  // namespace

BlockDeviceFacts block_device_facts(std::uint64_t device, const std::string& sys) {
  const fs::path folder = fmt::format("{}/dev/block/{}:{}", sys, major(device), minor(device));
  BlockDeviceFacts facts{.size_bytes = number_in(folder / "size") * kSysfsSectorBytes,
                         .read_only = number_in(folder / "ro") != 0,
                         .model = model_in(folder),
                         .partitions = {},
                         .sectors_changed = changed_sectors(folder / "stat")};
  std::error_code code;
  // A partition is on a drive of its disk's model.
  if (facts.model.empty() && fs::exists(folder / "partition", code))
    facts.model = model_in(folder / "..");
  std::vector<std::pair<std::uint64_t, std::string>> parts;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const std::uint64_t number = number_in(entry.path() / "partition");
    std::string name = entry.path().filename();
    std::replace(name.begin(), name.end(), '!', '/');  // so sysfs writes a '/'
    if (number != 0) parts.emplace_back(number, "/dev/" + name);
  }
  std::ranges::sort(parts);
  for (auto& part : parts) facts.partitions.push_back(std::move(part.second));
  return facts;
}

std::optional<BlockDeviceFacts> block_device_facts(const std::string& path,
                                                   const std::string& sys) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISBLK(status.st_mode)) return std::nullopt;
  return block_device_facts(static_cast<std::uint64_t>(status.st_rdev), sys);
}

}  // namespace tintype
