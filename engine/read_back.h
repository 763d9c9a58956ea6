// From where a job read again what it had written, and found it equal.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tintype {

enum class ReadBack : std::uint8_t {
  unsaid,      // nothing was written, or an old manifest does not tell
  none,        // it was not read again
  page_cache,  // from memory: the medium was not asked
  direct,      // from the medium
};

// As manifests and --json have it: "", "none", "page cache", "direct".
[[nodiscard]] std::string_view to_string(ReadBack read_back) noexcept;
[[nodiscard]] std::optional<ReadBack> parse_read_back(std::string_view text) noexcept;

// Of a job that was told to read back or not, from a file with direct I/O or without.
[[nodiscard]] constexpr ReadBack read_back_of(bool wanted, bool direct) noexcept {
  return !wanted ? ReadBack::none : direct ? ReadBack::direct : ReadBack::page_cache;
}
[[nodiscard]] constexpr bool was_read_back(ReadBack read_back) noexcept {
  return read_back == ReadBack::direct || read_back == ReadBack::page_cache;
}

}  // namespace tintype
