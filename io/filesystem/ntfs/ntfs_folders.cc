#include "io/filesystem/ntfs/ntfs_folders.h"

#include <algorithm>

#include "hashing/utf16.h"
#include "io/filesystem/file_runs.h"
#include "io/safe_component.h"

namespace tintype {
namespace {

constexpr int kDepthMax = 1024;
constexpr std::size_t kPathBytesMax = 3 * 32767;  // Windows' longest path, as UTF-8

std::uint64_t packed(NtfsReference reference) noexcept {
  return reference.record | static_cast<std::uint64_t>(reference.sequence) << 48;
}

}  // namespace

void NtfsFolders::add(NtfsReference folder) {
  folders_.push_back(folder);
}

void NtfsFolders::add_name(std::uint64_t record, const NtfsFileName& name) {
  const std::string component = safe_component(utf8_from_utf16(name.name));
  entries_.push_back({.record = record,
                      .parent = packed(name.parent),
                      .name_at = names_.size(),
                      .name_bytes = static_cast<std::uint16_t>(component.size()),
                      .sequence = 0,
                      .dos = name.dos});
  names_ += component;
}

void NtfsFolders::finish() {
  const auto by_record = [](const auto& a, const auto& b) { return a.record < b.record; };
  std::sort(folders_.begin(), folders_.end(), by_record);
  // Stable: of two equally good names the one met first stays in front.
  std::stable_sort(entries_.begin(), entries_.end(), [](const Name& a, const Name& b) {
    return a.record != b.record ? a.record < b.record : a.dos < b.dos;
  });
  std::vector<Name> kept;
  auto folder = folders_.begin();
  for (Name& entry : entries_) {
    if (!kept.empty() && kept.back().record == entry.record) continue;
    while (folder != folders_.end() && folder->record < entry.record) ++folder;
    if (folder == folders_.end() || folder->record != entry.record) continue;
    entry.sequence = folder->sequence;
    kept.push_back(entry);
  }
  kept.shrink_to_fit();
  entries_ = std::move(kept);
  folders_ = {};
}

bool NtfsFolders::find(NtfsReference folder, Folder& found) const noexcept {
  const auto entry =
      std::lower_bound(entries_.begin(), entries_.end(), folder.record,
                       [](const Name& name, std::uint64_t record) { return name.record < record; });
  if (entry == entries_.end() || entry->record != folder.record || !folder.names(entry->sequence))
    return false;
  found = {.record = entry->record,
           .parent = NtfsReference::from(entry->parent),
           .sequence = entry->sequence,
           .name = std::string_view(names_).substr(entry->name_at, entry->name_bytes)};
  return true;
}

NtfsPaths::Place NtfsPaths::place(NtfsReference folder, std::string& path) const {
  std::vector<std::string_view> components;
  std::size_t bytes = 0;
  for (int depth = 0; depth < kDepthMax && bytes <= kPathBytesMax; ++depth) {
    NtfsFolders::Folder found;
    if (!folders_.find(folder, found)) return Place::orphan;
    if (found.record == kNtfsRootRecord) {
      path.clear();
      for (auto component = components.rbegin(); component != components.rend(); ++component)
        (path += '/') += *component;
      return Place::tree;
    }
    if (found.record < kNtfsFirstUserRecord) return Place::system;
    components.push_back(found.name);
    bytes += found.name.size() + 1;
    folder = found.parent;
  }
  return Place::orphan;
}

std::string NtfsPaths::path(std::uint64_t record, const NtfsFileName& name) {
  if (record < kNtfsFirstUserRecord) return "";
  if (!has_last_ || packed(last_) != packed(name.parent)) {
    last_place_ = place(name.parent, last_path_);
    last_ = name.parent;
    has_last_ = true;
  }
  const std::string component = safe_component(utf8_from_utf16(name.name));
  switch (last_place_) {
    case Place::system:
      return "";
    case Place::orphan:
      return "/$Orphan/" + component;
    case Place::tree:
      break;
  }
  return last_path_ + "/" + component;
}

}  // namespace tintype
