// A Windows shadow copy as a volume: what the volume held at that moment.
//
// Each block has its content from the copy's own store, else from the next newer one's, and so on,
// else from the volume as it is; so the volume must not change while the copy is read. The stores'
// lists are joined once, when the copy is opened, into one list of what lies elsewhere, sorted and
// coalesced: map() hands out pieces of the volume's own files, for overlapped direct reads.
//
// Of a block that was free when the copy was made Windows keeps nothing, and its own reader leaves
// it undefined. Here it reads as zeros where the newest copy's bitmaps say so, as with libvshadow.
//
// Memory: 24 bytes a run of blocks that lie elsewhere; up to 100 a block while it is opened.
#pragma once

#include <memory>

#include "io/shadow/shadow_copies.h"

namespace tintype {

// `which` as for find_shadow_copy(). Its name is "{base}@shadow:{number}".
[[nodiscard]] Result<std::unique_ptr<Volume>> open_shadow_volume(std::unique_ptr<Volume> base,
                                                                 std::string_view which);

}  // namespace tintype
