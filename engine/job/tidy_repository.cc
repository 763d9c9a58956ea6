#include "engine/job/tidy_repository.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/repository/left_overs.h"
#include "hashing/counted.h"

namespace tintype {
namespace {

constexpr std::size_t kToldMax = 3;

std::string size_text(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

// Sets of this host that nobody will come back for by himself: of a source with another name, such
// as last night's snapshot, or of an unknown one.
void name_those_that_stay(const std::vector<LeftOver>& stay, const Repository& repository,
                          JobMonitor& monitor) {
  if (stay.empty()) return;
  std::string names;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < stay.size(); ++i) {
    bytes += stay[i].bytes;
    if (i < kToldMax) names += (names.empty() ? "" : ", ") + stay[i].name;
  }
  if (stay.size() > kToldMax) names += fmt::format(" and {} more", stay.size() - kToldMax);
  monitor.warning(fmt::format(
      "unfinished {} of this host, but of other sources, {} ({}): {}; tintype versions {} "
      "--remove-unfinished removes {}",
      word_for(stay.size(), "set", "sets"), word_for(stay.size(), "stays", "stay"),
      size_text(bytes), names, repository.path(), word_for(stay.size(), "it", "them")));
}

}  // namespace

void tidy_repository(const Repository& repository, const BegunRecord& run, bool dry_run,
                     JobMonitor& monitor) {
  const auto all = left_overs(repository);
  if (!all) return monitor.warning("cannot look for unfinished sets: " + all.error().line());
  std::vector<LeftOver> stay;
  for (const LeftOver& one : *all) {
    if (one.life == LeftOver::Life::untold && is_of_host(one, run))
      monitor.warning(
          fmt::format("the unfinished set {} stays ({}): {} has no locks, so nobody can tell "
                      "whether its backup "
                      "runs; if none does, remove its folder by hand",
                      one.name, size_text(one.bytes), repository.path()));
    if (one.life != LeftOver::Life::dead || !is_of_host(one, run)) continue;
    if (!may_take_place_of(run, one)) {
      stay.push_back(one);
    } else if (dry_run) {
      monitor.warning(fmt::format("the unfinished set {} would be removed ({})", one.name,
                                  size_text(one.bytes)));
    } else if (const auto removed = repository.store()->remove_unfinished(one.key); !removed) {
      monitor.warning(removed.error().line());
    } else if (*removed) {
      monitor.warning(fmt::format("removed the unfinished set {} that an earlier backup left ({})",
                                  one.name, size_text(one.bytes)));
    }
  }
  name_those_that_stay(stay, repository, monitor);
}

}  // namespace tintype
