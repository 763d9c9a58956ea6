// Globs over paths inside a volume, case-insensitive (ASCII), as Windows admins expect.
//
// "*.edb" has no slash: it matches the last component anywhere. "/Mailbox/*.edb" or
// "Mailbox/*.edb" matches the whole path from the root. '*' and '?' do not cross a slash, "**"
// does; [abc] sets work. Backslashes in the pattern count as slashes.
#pragma once

#include <string_view>

namespace tintype {
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view path) noexcept;
}  // namespace tintype
