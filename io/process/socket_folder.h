// Folders in /tmp that only we may enter, for the socket of an NBD server.
#pragma once

#include <string>

#include "io/result.h"

namespace tintype {

inline constexpr std::string_view kSocketFolderPrefix = "tintype-nbd-";

// Makes `parent`/tintype-nbd-XXXXXX, of mode 0700. Before that it removes those of this user in
// which nobody has listened for a minute: their processes were killed.
[[nodiscard]] Result<std::string> make_socket_folder(const std::string& parent);

}  // namespace tintype
