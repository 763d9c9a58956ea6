#include "engine/repository/left_overs.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/manifest/set_name.h"
#include "engine/store/set_folder.h"

namespace tintype {
namespace {

bool holds_nothing(const ImageStore& store, const std::string& key) {
  const auto names = store.list(set_object(key));
  return names && std::ranges::all_of(*names, [](const std::string& name) {
           return name == kLockName || name.starts_with(kBegunName);
         });
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
  const ImageStore& store = *repository.store();
  TINTYPE_TRY(const std::vector<std::string> keys, store.list_sets());
  std::vector<LeftOver> all;
  for (const std::string& key : keys) {
    if (!key.ends_with(kPartialSuffix)) continue;
    LeftOver one{.name = set_name_of(key), .key = key};
    one.bytes = store.sizes_of(key).occupied_bytes;
    one.life = store.life_of(key);
    if (auto begun = read_begun_record(store, key)) one.begun = *std::move(begun);
    one.empty = holds_nothing(store, key);
    all.push_back(std::move(one));
  }
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
