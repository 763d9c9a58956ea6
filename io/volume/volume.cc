#include "io/volume/volume.h"

namespace tintype {

void Volume::will_read(const ExtentList& ranges) const {
  for (const Extent& range : ranges)
    map(range, [](const Piece& piece) {
      if (piece.cached != nullptr) piece.cached->will_read(piece.file_offset, piece.length);
    });
}

}  // namespace tintype
