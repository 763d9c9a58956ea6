// Help of the commands about ESE files by themselves: check, inspect. Each has a text, and
// examples that stand at its end.
#pragma once

#include <string_view>

namespace tintype {

extern const std::string_view kCheck, kCheckEnd;
extern const std::string_view kInspect, kInspectEnd;

}  // namespace tintype
