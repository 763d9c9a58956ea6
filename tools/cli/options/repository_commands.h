// Help of the commands about a repository and its sets: init, versions, show, verify, truncate,
// remove.
// Each has a text, and examples that stand at its end.
#pragma once

#include <string_view>

namespace tintype {

extern const std::string_view kInit, kInitEnd;
extern const std::string_view kVersions, kVersionsEnd;
extern const std::string_view kShow, kShowEnd;
extern const std::string_view kVerify, kVerifyEnd;
extern const std::string_view kTruncate, kTruncateEnd;
extern const std::string_view kRemove, kRemoveEnd;

}  // namespace tintype
