// What both runners (conductor.h, serial_pass.h) take and tell.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/monitor/pass_counters.h"
#include "engine/pipeline/block_flow.h"

namespace tintype {

// Called often by the runner's thread; returns false to stop the pass.
using PassTick = std::function<bool(const PassCounters&)>;

// A medium that fails more than this is not copied sector by sector to the bitter end: the user
// needs a rescue tool, not a backup.
inline constexpr std::uint64_t kUnreadableBytesMax = 256ull << 20;

// A std::errc of a read that says "the medium does not give these bytes", as opposed to "you may
// not".
[[nodiscard]] bool is_medium_error(int error_number) noexcept;
// The end of a stopped pass; code is std::errc::operation_canceled.
[[nodiscard]] tl::unexpected<Error> stopped_error();
[[nodiscard]] tl::unexpected<Error> too_many_unreadable_error(const std::string& path);
[[nodiscard]] tl::unexpected<Error> ended_early_error(const File& file, std::uint64_t offset);
// A read that failed for good.
[[nodiscard]] tl::unexpected<Error> read_error(int error_number, const File& file,
                                               std::uint64_t offset);
// A write that failed, with advice for the errors a user can do something about.
[[nodiscard]] tl::unexpected<Error> write_error(int error_number, const File& file,
                                                std::uint64_t offset);

}  // namespace tintype
