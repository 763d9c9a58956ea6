// The ESE database header (page -1) and its shadow. Source: section 4 of the ESE format facts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hashing/endian.h"

namespace tintype {

inline constexpr std::uint32_t kEseMagic = 0x89ABCDEF;
inline constexpr std::uint32_t kEseVersion = 0x620;
inline constexpr std::uint32_t kEsePageBytesMin = 2048;
inline constexpr std::uint32_t kEsePageBytesMax = 32768;

enum class EseState : std::uint32_t {
  just_created = 1, dirty_shutdown = 2, clean_shutdown = 3, being_converted = 4, force_detach = 5,
  incremental_reseed = 6, dirty_and_patched = 7, revert_in_progress = 8,
};
[[nodiscard]] std::string_view to_string(EseState state) noexcept;  // eseutil's words: "Dirty Shutdown"

// THE STRUCTS of the header (LgPos, LogTime, Signature, BackupInfo and DatabaseHeader: every field
// of the table, in disk order, packed, with offsets asserted) are defined here by their author.

// XOR32 over the whole of `unit` (a power of two is not needed; a multiple of 4 is).
[[nodiscard]] std::uint32_t ese_xor32(std::span<const std::byte> unit) noexcept;

}  // namespace tintype
