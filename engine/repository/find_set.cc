#include "engine/repository/find_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace tintype {
namespace {

constexpr std::size_t kNamesToldMax = 10;

tl::unexpected<Error> ambiguous(std::string_view name,
                                const std::vector<const SetEntry*>& candidates) {
  std::string names;
  for (std::size_t i = 0; i < std::min(candidates.size(), kNamesToldMax); ++i)
    names += (names.empty() ? "" : ", ") + candidates[i]->name;
  if (candidates.size() > kNamesToldMax)
    names += fmt::format(" and {} more", candidates.size() - kNamesToldMax);
  return plain_error(fmt::format("\"{}\" can mean {}", name, names), "name one");
}

// A damaged set may have any volume.
bool could_hold(const SetEntry& entry, const std::string& volume) {
  return volume.empty() || !entry.problem.empty() ||
         std::ranges::any_of(entry.manifest.volumes, [&](const VolumeManifest& one) {
           return one.name == volume || one.image == volume;
         });
}

}  // namespace

bool could_fit(const SetEntry& entry, const SetFilter& filter) {
  return entry.finished && entry.problem.empty() ? filter.fits(entry.manifest)
                                                 : filter.could_fit(entry.name);
}

Result<const SetEntry*> find_set(std::span<const SetEntry> sets, const SetQuery& query,
                                 std::string_view repository) {
  const std::string& name = query.set;
  if (name == "latest") {
    const auto newest = std::find_if(sets.rbegin(), sets.rend(), [&](const SetEntry& entry) {
      return entry.finished && could_fit(entry, query.filter) && could_hold(entry, query.volume);
    });
    if (newest != sets.rend()) return &*newest;
    return plain_error(
        fmt::format("repository {} has no finished backup set{}{}", repository, query.filter.text(),
                    query.volume.empty() ? "" : fmt::format(" with a volume \"{}\"", query.volume)),
        sets.empty() ? "" : fmt::format("tintype versions {} lists them", repository));
  }
  std::vector<const SetEntry*> candidates;
  for (const SetEntry& entry : sets) {
    const bool exact = entry.name == name || std::filesystem::path(entry.path).filename() == name;
    if (!exact && (name.empty() || !entry.name.starts_with(name))) continue;
    if (!could_fit(entry, query.filter)) {
      if (exact)
        return plain_error(fmt::format("backup set {} is not{}", name, query.filter.text()));
      continue;
    }
    if (exact) return &entry;
    candidates.push_back(&entry);
  }
  // A prefix means a finished set wherever one fits.
  if (std::ranges::any_of(candidates, &SetEntry::finished))
    std::erase_if(candidates, [](const SetEntry* entry) { return !entry->finished; });
  if (candidates.size() > 1) return ambiguous(name, candidates);
  if (candidates.empty())
    return plain_error(fmt::format("repository {} has no backup set \"{}\"{}", repository, name,
                                   query.filter.text()),
                       fmt::format("tintype versions {} lists them", repository));
  return candidates.front();
}

}  // namespace tintype
