// What an admin reads about a log stream: generations, sentences, commands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "verify/ese/stream/ese_stream_groups.h"

namespace tintype {

// "0x5C", "0x5C to 0x60"
[[nodiscard]] std::string generation_text(std::int64_t generation);
[[nodiscard]] std::string range_text(std::int64_t low, std::int64_t high);
// Who needs logs, and the verb: "DB1.edb needs", "DB1.edb and DB2.edb need", "3 databases need".
[[nodiscard]] std::string needing_text(const StreamGroup& group);
// Of those that need none: "DB1.edb was shut down clean", "3 databases were shut down clean"; ""
// if there are none.
[[nodiscard]] std::string clean_text(const StreamGroup& group);
// Of a stream without a database that needs a log: "DB1.edb was shut down clean: no log is needed".
[[nodiscard]] std::string all_clean_text(const StreamGroup& group);
// For a command line: quoted if it has to be.
[[nodiscard]] std::string argument_text(std::string_view path);
// The file that holds or would hold a generation, as the stream's other files are called.
[[nodiscard]] std::string log_name(const StreamGroup& group, std::int64_t generation);

}  // namespace tintype
