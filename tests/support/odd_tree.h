// A folder with everything that a folder may hold, and another program's word on whether two are
// the same.
#pragma once

#include <cstdint>
#include <string>

namespace tintype::test {

// Into FOLDER, which is made: names that are no text and as long as they may be, owners, modes,
// times before 1970, attributes, ACLs, links of both kinds, holes, an empty folder, a FIFO, a
// device; files of all sizes around blocks and 64 KiB. What needs root, or what the file system
// does not know (ACLs), is left out where it fails.
void make_odd_tree(const std::string& folder);
// What other programs cannot copy: a file whose path is longer than PATH_MAX, with what it holds.
void make_too_long_path(const std::string& folder);
[[nodiscard]] std::string read_too_long_path(const std::string& folder);

// What rsync would do to make B like A, all metadata and contents compared; "" if they are alike.
[[nodiscard]] std::string differences(const std::string& a, const std::string& b);
// Blocks that a folder takes.
[[nodiscard]] std::uint64_t blocks_of(const std::string& folder);

}  // namespace tintype::test
