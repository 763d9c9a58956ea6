// A folder of backup sets on any mounted path. Everything is found by scanning: there is no
// catalogue to lose.
//
//   REPO/tintype.json                      format and id
//   REPO/sets/20261122T181500Z-host-copy/  set.json + one image a volume
//   REPO/sets/….partial/                   unfinished
#pragma once

#include "engine/repository/manifest.h"

namespace tintype {

struct SetEntry {
  std::string name;
  std::string path;
  bool finished = false;
  SetManifest manifest;           // if finished and readable
  std::string problem;            // why a finished set's manifest cannot be read; "" if it can
  std::uint64_t bytes = 0;        // on disk
};

class Repository {
 public:
  // Makes the folder and tintype.json if they are not there. Refuses a non-empty folder that is no
  // repository, and a newer format.
  [[nodiscard]] static Result<Repository> open_or_create(const std::string& path);
  [[nodiscard]] static Result<Repository> open(const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] Result<std::vector<SetEntry>> sets() const;  // oldest first
  // By full name, unique prefix, or "latest" (the newest finished one).
  [[nodiscard]] Result<SetEntry> find(std::string_view name) const;

  // A new set's unfinished folder: `name` + ".partial", made with a lock that lasts as long as the
  // process holds it.
  [[nodiscard]] Result<std::string> begin_set(const std::string& name) const;
  // Writes the manifest into the unfinished folder, syncs, renames: the commit.
  [[nodiscard]] Result<std::string> commit_set(const SetManifest& manifest) const;
  // Removes unfinished sets that no running process holds. Returns their names.
  [[nodiscard]] Result<std::vector<std::string>> remove_unfinished(bool dry_run) const;

 private:
  std::string path_;
  std::string id_;
};

// "REPO", "REPO::SET", "REPO::SET/VOLUME", or the path of an image.
struct ImageSelection {
  std::vector<std::string> images;  // paths
  std::string set_path;             // "" for a bare image
  SetManifest manifest;             // of the set, if any
};
[[nodiscard]] Result<ImageSelection> select_images(const std::string& argument);

}  // namespace tintype
