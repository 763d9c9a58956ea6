// Names of the files of a log stream: `<base>` is three characters, E00 to Enn for Exchange.
// Source: section 1 of the ESE format facts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tintype {

enum class EseStreamFileKind : std::uint8_t {
  archived_log,  // E0000012345.log, E0012345.log, .jtx
  current_log,   // E00.log, E00.jtx; its generation is in its header only
  temp_log,      // E00tmp.log: the next log in the making, never a log of the stream
  reserve_log,   // E00res00001.jrs, res1.log: space for the day the disk is full, no content
  checkpoint,    // E00.chk, E00.jcp
  flush_map,     // <database>.jfm: `base` is the database's name without its extension
};

struct EseStreamName {
  EseStreamFileKind kind{};
  std::string base;             // upper case for all kinds but flush_map
  std::int64_t generation = 0;  // archived_log: from the name
};

// `name` is a file name without folders; case does not matter. Nothing for a name that no file of
// a log stream has.
[[nodiscard]] std::optional<EseStreamName> parse_ese_stream_name(std::string_view name);

// "/Logs/E00.log" → "/Logs" and "E00.log"; a folder is "" for a path without one, "/" for the root,
// "#2:/" for the root of a disk's second partition.
[[nodiscard]] std::string_view folder_of(std::string_view path) noexcept;
[[nodiscard]] std::string_view file_name_of(std::string_view path) noexcept;
// "DB1.edb" → "DB1".
[[nodiscard]] std::string_view stem_of(std::string_view name) noexcept;
[[nodiscard]] std::string upper_ascii(std::string_view text);

}  // namespace tintype
