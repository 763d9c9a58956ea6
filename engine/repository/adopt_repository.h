// The way back for a repository that lost its tintype.json, or whose tintype.json is damaged: the
// sets are what counts, and they do not need it.
#pragma once

#include <cstdint>
#include <string>

#include "engine/repository/repository.h"
#include "io/permissions.h"

namespace tintype {

struct Adoption {
  Repository repository;
  std::uint64_t sets = 0;  // it has, whatever their manifests say
  std::string kept_aside;  // what the damaged tintype.json is called now; "" if there was none
};

// Writes a new tintype.json for a folder whose `sets` holds at least one. Refuses what is a
// repository, and one that a newer program made. Touches no set.
[[nodiscard]] Result<Adoption> adopt_repository(const std::string& path, Permissions permissions);

}  // namespace tintype
