// What an admin reads about a log stream: generations, sentences, commands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "verify/ese_stream_groups.h"

namespace tintype {

// "0x5C", "0x5C to 0x60"
[[nodiscard]] std::string generation_text(std::int64_t generation);
[[nodiscard]] std::string range_text(std::int64_t low, std::int64_t high);
// "DB1.edb", "3 databases"
[[nodiscard]] std::string databases_text(const StreamGroup& group);
// For a command line: quoted if it has to be.
[[nodiscard]] std::string argument_text(std::string_view path);
// The file that holds or would hold a generation, as the stream's other files are called.
[[nodiscard]] std::string log_name(const StreamGroup& group, std::int64_t generation);

}  // namespace tintype
