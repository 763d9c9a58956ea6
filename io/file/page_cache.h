// The operating system's memory of files, which a measurement does not want to measure.
#pragma once

namespace tintype {

class File;

// Writes out what waits to be written, and forgets what was read. False: it may not (needs root),
// and reads may come from memory.
[[nodiscard]] bool drop_page_cache() noexcept;
// The same of one file, as far as the kernel likes.
void forget_cached(const File& file) noexcept;

}  // namespace tintype
