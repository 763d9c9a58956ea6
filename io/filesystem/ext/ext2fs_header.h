// <ext2fs/ext2fs.h>, and nothing of it that spoils the standard library: later versions define
// macros with the names of its functions. Whoever needs the header includes this one.
#pragma once

// First: they must not see the macros.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ext2fs/ext2fs.h>

#undef clamp
#undef max
#undef min
