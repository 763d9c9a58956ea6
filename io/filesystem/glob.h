// Globs over paths inside a volume, case-insensitive (ASCII), as Windows admins expect.
//
// "*.edb" has no slash: it matches the last component anywhere. "/Mailbox/*.edb" or
// "Mailbox/*.edb" matches the whole path from the root. '*' and '?' do not cross a slash, "**"
// does; [abc] sets work. Backslashes in the pattern count as slashes.
//
// A path on a disk with partitions begins with "#2:". "#2:/Mailbox/*.edb" and "#2:*.edb" match in
// that partition; a pattern without such a beginning matches in every one.
#pragma once

#include <string_view>

namespace tintype {
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view path) noexcept;
// "#2:" of "#2:/Mailbox/DB1.edb" or of a pattern; "" if there is none.
[[nodiscard]] std::string_view partition_prefix(std::string_view path) noexcept;
}  // namespace tintype
