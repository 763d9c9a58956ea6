// What kind of ESE file this is: told by what is in it. The name is a hint only, for a file so
// damaged that nothing in it tells any more. One rule for all commands: what is called like a
// database is one, a damaged one if need be, unless its head is known to be another program's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "verify/ese/ese_header.h"

namespace tintype {

// Both headers of a database with the largest pages; more than any other kind needs.
inline constexpr std::size_t kEseFrontBytes = std::size_t{2} * kEsePageBytesMax;

enum class EseFileKind : std::uint8_t {
  none,  // no ESE file, or of a kind that keeps no checksums this program knows
  database,
  log,
  checkpoint,
  flush_map,
  spare_log,  // a reserve or a temporary log: room for logs to come, its content has no meaning
};
[[nodiscard]] std::string_view to_string(EseFileKind kind) noexcept;  // "flush map"

// `name` is a file name without folders; `first_bytes` are the first kEseFrontBytes of the file, or
// all of it, if it is shorter.
[[nodiscard]] EseFileKind ese_file_kind(std::string_view name,
                                        std::span<const std::byte> first_bytes);

}  // namespace tintype
