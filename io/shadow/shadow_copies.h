// The Windows shadow copies that a volume holds, from its own structures alone. Whether one can be
// read to its last block is known when it is opened (shadow_volume.h).
//
// Nothing of it is believed before it is checked: offsets lie inside the volume, chains end, and
// what two structures say of each other agrees.
#pragma once

#include <string>
#include <vector>

#include "io/volume/volume.h"

namespace tintype {

struct ShadowCopy {
  unsigned number = 0;        // from 1, the oldest; as vshadowinfo counts
  std::string id;             // as vssadmin prints it, without braces; "" if its store is elsewhere
  std::string set_id;         // of the copies that were made together
  std::string store_id;       // of the file on the volume that it is kept in
  std::uint64_t created = 0;  // FILETIME
  std::uint64_t volume_bytes = 0;  // the size the volume had
  std::uint32_t attributes = 0;    // VSS_VOLUME_SNAPSHOT_ATTRIBUTES
  std::string problem;             // why it cannot be opened; "" if nothing is known against it

  // Of its store; meaningful without a problem.
  std::uint64_t block_list_offset = 0;
  std::uint64_t bitmap_offset = 0;
  std::uint64_t previous_bitmap_offset = 0;  // 0: none
};

// Oldest first; none for a volume that has no shadow copies, or is no NTFS volume. A damaged
// catalog is an error: a copy might be missing. A damaged store is the `problem` of its copy.
[[nodiscard]] Result<std::vector<ShadowCopy>> list_shadow_copies(const Volume& volume);

// The copy that `which` names: its number, "latest", or the beginning (8 characters or more) of its
// id or its store's, with braces or without.
[[nodiscard]] Result<std::size_t> find_shadow_copy(const std::vector<ShadowCopy>& copies,
                                                   std::string_view which, const Volume& volume);

inline constexpr std::uint64_t kShadowBlockBytes = 16384;

// What a shadow copy keeps because the volume went on.
struct ShadowChanges {
  std::uint64_t blocks = 0;      // of kShadowBlockBytes, that have been written since
  std::uint64_t kept_bytes = 0;  // in the store
};
[[nodiscard]] Result<ShadowChanges> shadow_changes(const Volume& volume, const ShadowCopy& copy);

// "2013-12-03T06:35:09Z"; "" for a time that no calendar here knows.
[[nodiscard]] std::string filetime_text(std::uint64_t filetime);

}  // namespace tintype
