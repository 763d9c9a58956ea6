// Which sets of a repository are meant, where several machines, volumes and kinds of backups share
// it.
#pragma once

#include <optional>
#include <string>

#include "engine/manifest/manifest.h"

namespace tintype {

struct SetFilter {
  std::string host;                // "" = any; the same below
  std::string source;              // the path of a volume, as it was backed up
  std::optional<BackupType> type;  // nothing = any

  [[nodiscard]] bool is_empty() const noexcept { return host.empty() && source.empty() && !type; }
  [[nodiscard]] bool fits(const SetManifest& manifest) const;
  // Whether a set of which only the name is known could fit: what the name does not tell may be so.
  [[nodiscard]] bool could_fit(std::string_view set_name) const;
  // " of host mail1, of type full"; "" if it is empty.
  [[nodiscard]] std::string text() const;
};

// "latest" is the newest finished set that fits: it holds `volume`, if one is named.
struct SetQuery {
  std::string set;     // full name, beginning of one, or "latest"
  std::string volume;  // its name or that of its image; "" = all
  SetFilter filter;
};

}  // namespace tintype
