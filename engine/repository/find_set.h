// Which of a repository's sets a user means.
#pragma once

#include <span>
#include <string_view>

#include "engine/repository/repository.h"

namespace tintype {

// `sets` are in order; `repository` is its path, for the error. What is found may be unfinished or
// damaged: an older set is never taken silently in the place of a damaged one.
[[nodiscard]] Result<const SetEntry*> find_set(std::span<const SetEntry> sets,
                                               const SetQuery& query, std::string_view repository);
// Those that fit, and those that are damaged or unfinished and could.
[[nodiscard]] bool could_fit(const SetEntry& entry, const SetFilter& filter);

}  // namespace tintype
