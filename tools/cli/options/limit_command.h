// Help of the commands about speed: limit, bench. Each has a text, and examples that stand at its
// end.
#pragma once

#include <string_view>

namespace tintype {

extern const std::string_view kLimit, kLimitEnd;
extern const std::string_view kBench, kBenchEnd;

}  // namespace tintype
