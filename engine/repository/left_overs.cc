#include "engine/repository/left_overs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/manifest/set_name.h"
#include "engine/store/set_folder.h"
#include "io/file/file_lock.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

LeftOver::Life life_of(const std::string& path) {
  const auto lock =
      FileLock::try_lock(fmt::format("{}/{}", path, kLockName), FileLock::IfMissing::fail);
  if (lock || lock.error().code == std::errc::no_such_file_or_directory)
    return LeftOver::Life::dead;
  return lock.error().code == std::errc::resource_unavailable_try_again ? LeftOver::Life::running
                                                                        : LeftOver::Life::untold;
}

bool holds_nothing(const std::string& path) {
  std::error_code code;
  for (fs::directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code))
    if (const std::string name = entry->path().filename();
        name != kLockName && !name.starts_with(kBegunName))
      return false;
  return !code;
}

// "20261122T181500Z-host-full", of which only the middle is asked for.
bool names_host(std::string_view name, std::string_view host) {
  const std::string plain = to_plain_name(host.substr(0, 64));
  const auto dash = name.find('-');
  if (dash == std::string_view::npos || !name.substr(dash + 1).starts_with(plain)) return false;
  const std::string_view rest = name.substr(dash + 1 + plain.size());
  for (const BackupType type : {BackupType::full, BackupType::copy})
    if (const std::string ending = fmt::format("-{}", to_string(type));
        rest == ending || rest.starts_with(ending + "-"))
      return true;
  return false;
}

}  // namespace

Result<std::vector<LeftOver>> left_overs(const Repository& repository) {
  std::vector<LeftOver> all;
  std::error_code code;
  fs::directory_iterator entry(repository.sets_path(), code);
  if (code == std::errc::no_such_file_or_directory) return all;
  for (const fs::directory_iterator end; !code && entry != end; entry.increment(code)) {
    const std::string path = entry->path();
    if (!path.ends_with(kPartialSuffix) || !is_set_folder(path)) continue;
    LeftOver one{.name = set_name_of(path), .path = path};
    one.bytes = occupied_bytes_in(path);
    one.life = life_of(path);
    if (auto begun = read_begun_record(path)) one.begun = *std::move(begun);
    one.empty = holds_nothing(path);
    all.push_back(std::move(one));
  }
  if (code) return system_error(code.value(), "list", repository.sets_path());
  std::ranges::sort(all, {}, &LeftOver::name);
  return all;
}

bool is_of_host(const LeftOver& left_over, const BegunRecord& run) {
  return left_over.begun
             ? left_over.begun->host == run.host && left_over.begun->machine == run.machine
             : names_host(left_over.name, run.host);
}

bool may_take_place_of(const BegunRecord& run, const LeftOver& left_over) {
  if (left_over.life != LeftOver::Life::dead || !is_of_host(left_over, run)) return false;
  if (left_over.empty) return true;
  if (!left_over.begun) return false;
  if (left_over.begun->removed) return true;
  const auto& sources = left_over.begun->sources;
  return !sources.empty() && std::ranges::all_of(sources, [&](const std::string& source) {
    return std::ranges::find(run.sources, source) != run.sources.end();
  });
}

}  // namespace tintype
