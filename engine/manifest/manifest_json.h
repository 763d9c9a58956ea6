// What the repository itself keeps as JSON; and set.json without its meaning.
#pragma once

#include <string>
#include <string_view>

#include "engine/manifest/manifest.h"
#include "io/result.h"

namespace tintype {

// REPO/tintype.json.
struct RepositoryHead {
  static constexpr int kFormat = 2;
  int format = kFormat;
  // The least that each of its sets must have; of 1 they need no checksum. The same as `format`,
  // but for a head of 2 that was made anew over sets of 1.
  int sets_format_min = kFormat;
  std::string id;       // 32 hex digits, made at random
  std::string program;  // that made it
};
// Of a repository that is about to be made, by this program.
[[nodiscard]] RepositoryHead new_repository_head();
[[nodiscard]] std::string to_json(const RepositoryHead& head);
[[nodiscard]] Result<RepositoryHead> parse_repository_head(std::string_view json,
                                                           std::string_view path);

// What a set.json says, member by member. Whether that can be true, and has its checksum, is asked
// by parse_manifest().
[[nodiscard]] Result<SetManifest> read_manifest_fields(std::string_view json,
                                                       std::string_view path);

}  // namespace tintype
