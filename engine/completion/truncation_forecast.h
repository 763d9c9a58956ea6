// Before a backup: which logs of a live log directory could go after it, if everything in it comes
// out sound. A forecast permits nothing: it asks names and the checkpoint's header only, and the
// database goes on writing meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/result.h"

namespace tintype {

struct TruncationForecast {
  std::string base;                 // "E00"
  std::int64_t gen_checkpoint = 0;  // 0: no usable checkpoint
  std::vector<std::string> logs;    // names that could go at most, ascending
  std::string why;                  // why none could; "" if some could
};

// One a stream that has logs or a checkpoint in the directory, by base. An error: it cannot be
// listed, or there is no log stream in it.
[[nodiscard]] Result<std::vector<TruncationForecast>> forecast_truncation(
    const std::string& directory);

}  // namespace tintype
