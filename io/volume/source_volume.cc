#include "io/volume/source_volume.h"

#include "io/volume/nbd_volume.h"
#include "io/volume/raw_volume.h"

namespace tintype {

Result<std::unique_ptr<Volume>> open_source_volume(const std::string& path) {
  if (is_nbd_uri(path)) return open_nbd_volume(path);
  return open_raw_volume(path);
}

}  // namespace tintype
