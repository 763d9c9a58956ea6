// What a VOLUME argument says:
//
//   VOLUME := BASE [ "#" PARTITION ] [ "@shadow:" WHICH ]
//   BASE   := the path of a file or device, or a URI: nbd://… nbds://… nbd+unix://… nbds+unix://…
//   WHICH  := a number (1 is the oldest), "latest", or a shadow copy's GUID
//
// A file may be called anything, so whatever exists under the very name is taken first: "disk#2" is
// the file of that name if there is one, and else partition 2 of "disk".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/result.h"

namespace tintype {

struct ShadowChoice {
  enum class Kind : std::uint8_t { latest, number, id };
  Kind kind = Kind::latest;
  std::uint32_t number = 0;  // from 1
  std::string id;            // "3808876b-c176-4e48-b7ae-04046e6cc752", lower case, no braces
  bool operator==(const ShadowChoice&) const = default;
};
[[nodiscard]] std::string to_string(const ShadowChoice& choice);  // as it is typed

struct VolumeSpec {
  std::string text;  // as it was typed
  std::string base;  // path or URI
  bool is_uri = false;
  std::optional<std::uint32_t> partition;  // from 1, as the kernel numbers them
  std::optional<ShadowChoice> shadow;
  // Where the files that a disk image is based on may lie, besides its own folder.
  std::vector<std::string> allowed_folders = {};

  // What to call a volume that got no name: "disk.img-p2". Of the base's last component; which
  // shadow copy it was is no part of it, so that it stays the same from night to night.
  [[nodiscard]] std::string suggested_name() const;
};

// Pure but for `exists`, which is asked about the names a file may have.
using FileExists = std::function<bool(const std::string&)>;
[[nodiscard]] Result<VolumeSpec> parse_volume_spec(const std::string& text,
                                                   const FileExists& exists);
// Asks the file system.
[[nodiscard]] Result<VolumeSpec> parse_volume_spec(const std::string& text);

}  // namespace tintype
