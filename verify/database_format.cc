// What most formats have no use for.
#include "verify/database_format.h"

namespace tintype {

void DatabaseGroup::learn(std::string_view, std::span<const std::byte>) {}

void DatabaseGroup::settle(std::span<FileReport* const>) {}

std::span<const char* const> DatabaseFormat::companion_names() const noexcept {
  return {};
}

}  // namespace tintype
