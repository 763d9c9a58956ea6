// The images that a command's argument names, where it must have been named what set they are from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/repository/repository.h"
#include "tools/session/session.h"

namespace tintype {

// REPO::SET, REPO::SET/VOLUME or an image. The newest set is not taken by silence.
[[nodiscard]] Result<ImageSelection> select_named(const std::string& what, const SetFilter& filter);
// The same, but the selection must be one image.
[[nodiscard]] Result<ImageSelection> select_one(const std::string& what, const SetFilter& filter);

// Whoever is given something out of a set with findings hears of them.
void warn_of_findings(Session& session, const ImageSelection& selection, const std::string& what);
void warn_of_findings(Session& session, const std::string& what);

// Of a folder where REPO::SET is wanted: it is a repository, or it is none.
[[nodiscard]] tl::unexpected<Error> set_is_missing(const std::string& folder);

// "copy mail.img repo::latest" would make a plain file of that name, which hides the set ever
// after. `wanted`: "a file or a device".
[[nodiscard]] Result<void> refuse_set_name(const std::string& path, std::string_view wanted);

// "REPO::SET/VOLUME#2", "IMAGE#2": partition 2 of a disk. What exists under the very name is no
// partition.
struct PartName {
  std::string what;  // without the partition
  std::optional<std::uint32_t> partition;
};
[[nodiscard]] PartName parse_part_name(const std::string& argument);

}  // namespace tintype
