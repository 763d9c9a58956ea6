// How long somebody else may take to answer a request before he counts as lost, in this process:
// what the user said (--io-timeout), or a minute. Disks are watched from outside (in_flight.h);
// servers are asked over connections, and whoever waits for one keeps to this.
#pragma once

#include <chrono>

namespace tintype {

// 0: for ever.
void set_request_patience(std::chrono::seconds patience) noexcept;
[[nodiscard]] std::chrono::milliseconds request_patience() noexcept;

}  // namespace tintype
