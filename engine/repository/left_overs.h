// What earlier backups that did not come to their end left in a repository, and the one rule that
// says whose it is and whether it is dead. Whoever removes unfinished sets, or goes on with one,
// asks here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/repository/begun_record.h"
#include "engine/repository/repository.h"

namespace tintype {

struct LeftOver {
  using Life = ImageStore::Life;
  std::string name;         // of the set
  std::string key;          // in the store
  std::uint64_t bytes = 0;  // it occupies
  Life life = Life::dead;
  // Nothing: an older program began it, or it was ended before it could say.
  std::optional<BegunRecord> begun;
  bool empty = false;  // no image was begun: worth nothing to anybody
};

// The unfinished sets, in the order of their names. Looks into no finished one.
[[nodiscard]] Result<std::vector<LeftOver>> left_overs(const Repository& repository);

// Of the host and machine of `run`; without a record the name decides.
[[nodiscard]] bool is_of_host(const LeftOver& left_over, const BegunRecord& run);
// The rule: dead, of this host, and of nothing but what `run` is about to copy as well; or of no
// use to anybody. A set that other sources are in too stays: its writer comes back for it.
[[nodiscard]] bool may_take_place_of(const BegunRecord& run, const LeftOver& left_over);

}  // namespace tintype
