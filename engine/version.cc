#include "engine/version.h"

namespace tintype {
std::string_view program_version() noexcept {
  return "tintype " TINTYPE_VERSION;
}
}  // namespace tintype
