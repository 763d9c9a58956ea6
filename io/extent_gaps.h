// What lists of extents leave over, and what they are together.
#pragma once

#include "io/extent.h"

namespace tintype {

// What of one range lies in none of a normalized list; fast for a long list.
[[nodiscard]] ExtentList gaps_within(const ExtentList& extents, const Extent& range);
// What is in one or the other; both are normalized.
[[nodiscard]] ExtentList joined(const ExtentList& a, const ExtentList& b);

}  // namespace tintype
