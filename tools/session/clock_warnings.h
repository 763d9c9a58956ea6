// Sets whose clock cannot have been right.
#pragma once

#include <span>

#include "engine/repository/repository.h"
#include "tools/session/session.h"

namespace tintype {

// One warning a set whose clock cannot have been right.
void warn_of_clocks(Session& session, std::span<const SetEntry> sets);

}  // namespace tintype
