// Other programs that have a file or device open.
#pragma once

#include <cstdint>
#include <string>

#include "io/storage/storage_map.h"

namespace tintype {

// O_RDONLY, O_WRONLY or O_RDWR, as the fdinfo of a descriptor in /proc says; O_RDONLY if it is
// gone.
[[nodiscard]] int access_mode_of(const std::string& fdinfo);

// A program, other than this one, that has bytes of `owned` open for writing: "qemu (process 123)".
// "" if none is found: of other users' programs only root is told.
[[nodiscard]] std::string writer_of(const StorageMap& map, const StorageFootprint& owned,
                                    const std::string& proc = "/proc");

// Somebody, seen or not, has the file open: the kernel then refuses a lease. False for what is no
// regular file, and where the file system knows no leases.
enum class OpenFor : std::uint8_t { writing, anything };
[[nodiscard]] bool is_open_elsewhere(const std::string& file, OpenFor purpose);

}  // namespace tintype
