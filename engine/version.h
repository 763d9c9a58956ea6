// Who wrote this: goes into manifests and --version.
#pragma once

#include <string_view>

namespace tintype {
[[nodiscard]] std::string_view program_version() noexcept;  // "tintype 0.2.0"
}  // namespace tintype
