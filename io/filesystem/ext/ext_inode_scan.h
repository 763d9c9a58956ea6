// The blocks that the files of an ext volume own: every inode table read from end to end, whatever
// the group flags, the inode bitmaps and the counts of unused inodes say, and every tree of extents
// or of block numbers behind an inode in use.
//
// Memory is bounded whatever the volume's size: tables come in pieces, trees in batches. A volume
// whose trees lead in circles, or of which a table or a tree cannot be read, is said to be so: what
// its files own is then not known.
#pragma once

#include <string>

#include "io/filesystem/claimed_set.h"
#include "io/filesystem/ext/ext_library.h"

namespace tintype {

struct ExtInodeFindings {
  std::uint64_t files_unmarked = 0;   // own blocks that are not marked as allocated
  std::uint32_t first_unmarked = 0;   // inode number
  std::uint64_t inodes_unmarked = 0;  // in use, and free by the inode bitmap or the group's flags
  std::uint64_t files_damaged = 0;    // claim blocks that cannot be
  std::uint32_t first_damaged = 0;
  bool maybe_leftovers = false;  // some unmarked ones lie in tables that were never initialised
  std::string unknown;           // why not all is known of what files own; "" if all is
};

[[nodiscard]] ExtInodeFindings scan_ext_inodes(const ExtLibrary& library, const Volume& volume,
                                               ClaimedSet& claimed);

}  // namespace tintype
