// Who may read what this program makes. What is in a backup is worth as much as what it was read
// from, so nobody but the owner may, unless that was asked for.
#pragma once

#include <cstdint>

namespace tintype {

enum class Permissions : std::uint8_t {
  owner_only,  // files 0600, folders 0700
  by_umask,    // as other programs make them
};

}  // namespace tintype
