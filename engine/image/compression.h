// How the chunks of an image are stored.
#pragma once

#include <cstdint>

namespace tintype {

// `automatic` decides by what waits for what: LZ4 while the target is slower than the processor.
enum class Compression : std::uint8_t { automatic, lz4, none };

}  // namespace tintype
