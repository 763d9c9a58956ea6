#include "tools/session/clock_warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/repository/set_order.h"
#include "hashing/counted.h"

namespace tintype {
namespace {

constexpr std::size_t kClocksToldMax = 10;

}  // namespace

void warn_of_clocks(Session& session, std::span<const SetEntry> sets) {
  const auto lines = clock_warnings(sets, std::chrono::system_clock::now());
  for (std::size_t i = 0; i < std::min(lines.size(), kClocksToldMax); ++i) session.warn(lines[i]);
  if (lines.size() > kClocksToldMax)
    session.warn(fmt::format("{} wrong clocks", counted(lines.size() - kClocksToldMax,
                                                        "more set has", "more sets have")));
}

}  // namespace tintype
