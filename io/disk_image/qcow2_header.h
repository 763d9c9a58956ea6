// What a qcow2 file says of other files, read before any other program may act on it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "io/result.h"

namespace tintype {

struct Qcow2Header {
  std::string backing_name;    // "" if it stands alone
  std::string backing_format;  // "" if it does not say
  bool external_data = false;  // its bytes lie in another file
  bool encrypted = false;
  bool dirty = false;    // it was not closed: what counts its clusters' users may be behind
  bool corrupt = false;  // qemu found damage when it last wrote to it
};

// As much of the file's begin as there is of this.
inline constexpr std::size_t kQcow2HeaderBytesMax = std::size_t{2} << 20;  // the largest cluster

// The error says what is wrong with it.
[[nodiscard]] Result<Qcow2Header> parse_qcow2_header(std::span<const std::byte> bytes);

}  // namespace tintype
