// What is left of a damaged image: walks the file record by record, without index and footer.
//
// Every record carries its own check and its own place, so each one found can be trusted by
// itself; what lies between is scanned for the next. The payloads are not read: open_chunk tells
// which of them survived.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/image/image_parse.h"
#include "io/file/file.h"

namespace tintype {

struct Salvage {
  std::optional<ImageGeometry> geometry;  // if the header survived
  std::vector<ImageRecord> records;       // in volume order; payloads lie inside the file
  std::uint64_t lost_stretches = 0;       // places where the walk broke and a scan went on
  ExtentList missing;  // of the volume, no record for these; to the last record's end if no header
};

// An error only if the file cannot be opened. A sector that cannot be read is one more stretch.
[[nodiscard]] Result<Salvage> salvage_image(const std::string& path);

namespace image {
[[nodiscard]] Salvage salvage(std::uint64_t file_bytes, const ReadAt& read);
}  // namespace image

}  // namespace tintype
