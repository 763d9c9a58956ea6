// The errors of the ESE engine that findings carry, by the names that administrators search for.
#pragma once

#include <string>
#include <string_view>

namespace tintype {

struct EseErrorName {
  int number = 0;
  std::string_view name;     // "JET_errLogFileCorrupt"
  std::string_view meaning;  // in the engine's words: "Log file is corrupt"
};

// For an unknown number an empty name and meaning.
[[nodiscard]] EseErrorName ese_error_name(int number) noexcept;
// "JET_errLogFileCorrupt -501"; "-7" for an unknown number.
[[nodiscard]] std::string named_ese_error(int number);

}  // namespace tintype
