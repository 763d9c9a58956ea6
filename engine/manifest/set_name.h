// Names of backup sets and of what lies in them, and the clock that goes into them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "engine/manifest/manifest.h"

namespace tintype {

// "20261122T181500Z-host-full": sorts by time. Host characters that could trouble a file system
// or a shell become '-'.
[[nodiscard]] std::string make_set_name(std::chrono::system_clock::time_point started,
                                        std::string_view host, BackupType type);
// The host as it stands in such a name.
[[nodiscard]] std::string name_part_of_host(std::string_view host);
// What such a name tells; nothing if it is another.
struct SetNameFacts {
  std::chrono::system_clock::time_point started;
  std::string host;  // its name_part_of_host()
  BackupType type = BackupType::copy;
};
[[nodiscard]] std::optional<SetNameFacts> parse_set_name(std::string_view name);
// The set's name from its folder, finished or not: no path, no ".partial".
[[nodiscard]] std::string set_name_of(std::string_view set_path);
// "2026-11-22T18:15:00Z", as the manifest has it.
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point time);
// And back; nothing if `text` is no such time. What the clock cannot count to is its first or last
// second (1677, 2262).
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_utc_text(
    std::string_view text);
// "backup-server", without the domain.
[[nodiscard]] std::string this_host();

// One component that stays in its folder on every system: no separator, no control character,
// no leading dot or dash, at most 200 bytes. Whatever comes out of a manifest passes here first.
[[nodiscard]] bool is_plain_name(std::string_view name) noexcept;
// A volume's name from its path or a user's wish: every other character becomes '-', and what is
// too long is shortened.
[[nodiscard]] std::string to_plain_name(std::string_view text);
// At most so many bytes: of a longer one the beginning and a short extension, and between them
// eight digits of the whole's digest, so that two long names stay two. The same name gives the
// same.
[[nodiscard]] std::string shortened_name(std::string_view name, std::size_t bytes_max);
// Of a volume's name: its image's name, even of the hundredth of this name, is a plain name too.
inline constexpr std::size_t kVolumeNameBytesMax = 190;

inline constexpr std::string_view kPartialSuffix = ".partial";
inline constexpr std::string_view kImageSuffix = ".tint";

}  // namespace tintype
