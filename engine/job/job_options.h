// Options that several jobs share, with their defaults and limits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/async_queue.h"

namespace tintype {

inline constexpr std::uint32_t kChunkBytesMin = 64 * 1024;
inline constexpr std::uint32_t kChunkBytesMax = 4 * 1024 * 1024;
inline constexpr std::uint32_t kChunkBytesDefault = 1024 * 1024;
inline constexpr unsigned kIoDepthMax = 64;

enum class Compression : std::uint8_t { automatic, lz4, none };

// How a pass over the data runs. None of these changes a byte of the result (but `automatic`
// compression, which decides by what waits for what).
struct PassOptions {
  unsigned io_depth = 16;  // reads in flight, 1…kIoDepthMax; as many writes
  unsigned tasks = 0;      // blocks computed at once; 0 = one a core
  QueueEngine queue_engine = QueueEngine::automatic;
  bool serial = false;  // the reference twin: one block at a time
};

// Which databases are checked while they stream by.
struct DatabaseOptions {
  bool check = true;
  std::vector<std::string> globs;  // besides *.edb, *.mdb and ntds.dit; see io/filesystem/glob.h
};

}  // namespace tintype
