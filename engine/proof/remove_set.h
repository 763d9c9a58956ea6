// Deletes a backup set, for ever. In an order in which a kill at any moment leaves it whole or
// unfinished, never a finished one that lacks something: first its folder is called ".partial".
#pragma once

#include <cstdint>
#include <string>

#include "engine/repository/repository.h"

namespace tintype {

// Of which source nothing would be left to restore from if `set` went: the source whose last sound
// set it is, or whose only one. "" if every source has a better one, or if nobody can tell of what
// a damaged or unfinished set is. Sound is what was so when it was made, and of which nothing worse
// is known since.
[[nodiscard]] Result<std::string> last_backup_of(const Repository& repository, const SetEntry& set);

enum class IfLast : bool { keep, remove };

struct Removal {
  std::uint64_t freed_bytes = 0;
  std::string last_of;  // not "": it is the last backup of this source, and stays
};

// What was found out of its images goes too. Refuses a set that a living process writes. Who reads
// it at the moment goes on, and its space is free when he ends. Whether it is the last is asked
// here, while nobody else removes one: of two that each count on the other, one stays.
[[nodiscard]] Result<Removal> remove_set(const Repository& repository, const SetEntry& set,
                                         IfLast if_last);

}  // namespace tintype
