// What lies in `REPO/sets`: which of its folders are sets, and what a set's folder holds besides
// its images. Storage systems and file systems put folders of their own everywhere (@eaDir,
// .snapshot, lost+found): those are no sets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/store/image_store.h"
#include "io/result.h"

namespace tintype {

inline constexpr std::string_view kManifestName = "set.json";
inline constexpr std::string_view kLockName = "lock";         // held while the set is written
inline constexpr std::string_view kBegunName = "begun.json";  // who writes it (begun_record.h)

// Whether a folder there is a set, finished or not, sound or damaged: by its name, or because it
// holds a manifest or an image. A link is none.
[[nodiscard]] bool is_set_folder(const std::string& path);
// How many sets with a manifest lie there, whatever it says.
[[nodiscard]] std::uint64_t finished_sets_in(const std::string& sets_path);
// Names that a system gives to folders of its own on a disk that is otherwise empty.
[[nodiscard]] bool is_name_of_system(std::string_view name) noexcept;

// Of the files in a folder. What another name leads to occupies nothing: its space does not come
// back.
[[nodiscard]] ImageStore::Sizes sizes_in(const std::string& folder);

// Removes an unfinished set's folder with all that is in it, through no link. False: a living
// process holds it, or it is gone. Where no lock can be had it stays, with an error. The parent is
// not synced.
[[nodiscard]] Result<bool> remove_unfinished_folder(const std::string& path);

}  // namespace tintype
