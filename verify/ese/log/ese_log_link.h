// Whether one log follows another: the rules of `eseutil /k` and `/ml` over a log set (sections
// 6.4 and 6.5 of the ESE format facts).
#pragma once

#include <cstdint>
#include <optional>

#include "verify/ese/log/ese_log_identity.h"

namespace tintype {

// `accumulated_checksum` is that of the earlier log, if it is of version 8 and was walked to its
// end without a problem. Problems are about the later log.
[[nodiscard]] EseProblems check_ese_log_link(const EseLogIdentity& earlier,
                                             std::optional<std::uint64_t> accumulated_checksum,
                                             const EseLogIdentity& later);

}  // namespace tintype
