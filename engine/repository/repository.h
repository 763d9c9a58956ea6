// A store of backup sets (engine/store/image_store.h): which there are, in which order, which one
// is meant, and when one begins and is committed. Everything is found by scanning: there is no
// catalogue to lose. In a folder:
//
//   REPO/tintype.json                      format and id
//   REPO/sets/20261122T181500Z-host-copy/  set.json + one image a volume
//   REPO/sets/….partial/                   unfinished
//
// What else lies in `sets` (folders of file systems and storage systems) is passed over.
#pragma once

#include <memory>

#include "engine/image/read/image_source.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/manifest_json.h"
#include "engine/repository/set_filter.h"
#include "engine/store/image_store.h"
#include "io/permissions.h"

namespace tintype {

struct SetEntry {
  std::string name;  // of its folder, without ".partial"
  std::string path;
  bool finished = false;
  bool running = false;  // unfinished, and a living process holds its lock
  SetManifest manifest;  // if finished and readable
  SetSummary summary;    // of it
  std::string problem;   // why a finished set's manifest cannot be used; "" if it can
  // Of the problem: the system's word if it would not give the manifest (no permission, a medium
  // error). Without one the manifest itself is damaged.
  std::error_code problem_code;
  std::uint64_t bytes = 0;  // on disk
  std::shared_ptr<const ImageStore> store;

  // In the store: the last part of the path.
  [[nodiscard]] std::string key() const;
  [[nodiscard]] std::string object(std::string_view object_name) const;  // of the set
};

class Repository {
 public:
  // Makes one: the last folder of the path, or what lies in an empty one, which keeps its mode.
  // Nothing else makes a repository: a path whose disk is not mounted must not become one. Refuses
  // a folder that is not empty, and what is a repository already; of several who make one at once
  // exactly one does.
  [[nodiscard]] static Result<Repository> create(const std::string& path,
                                                 Permissions permissions = Permissions::owner_only);
  [[nodiscard]] static Result<Repository> open(const std::string& path);

  [[nodiscard]] const std::shared_ptr<ImageStore>& store() const noexcept { return store_; }
  [[nodiscard]] const std::string& path() const noexcept { return store_->location(); }
  [[nodiscard]] const std::string& id() const noexcept { return head_.id; }
  [[nodiscard]] int format() const noexcept { return head_.format; }
  [[nodiscard]] std::string sets_path() const { return store_->path_of("sets"); }
  // Oldest first, as set_order.h has it. Of the manifests only what does not grow with their lists:
  // databases, unreadable ranges, streams and gates are left out. There may be thousands of sets.
  [[nodiscard]] Result<std::vector<SetEntry>> sets() const;
  // By full name, unique prefix, or "latest" (the newest finished one that fits, or may fit
  // although its manifest is damaged: an older backup is never taken silently in its place). With
  // all of its manifest.
  [[nodiscard]] Result<SetEntry> find(const SetQuery& query) const;
  [[nodiscard]] Result<SetEntry> find(std::string_view name) const {
    return find(SetQuery{.set = std::string(name)});
  }

  // Makes a new set's unfinished folder, `name` + ".partial", and returns its path. If the name is
  // taken the set becomes `name`-2, -3…: ask set_name_of(path). The folder is locked until it is
  // committed or this Repository, its copies and its entries are gone, however that happens.
  [[nodiscard]] Result<std::string> begin_set(
      const std::string& name, Permissions permissions = Permissions::owner_only) const;
  // Whether that folder is locked: where the medium has no locks it is not, and nobody can tell
  // whether its writer lives.
  [[nodiscard]] bool is_locked(const std::string& unfinished) const;
  // Writes the manifest into the unfinished folder of manifest.name, syncs, renames: the commit.
  // Returns the set's final path.
  [[nodiscard]] Result<std::string> commit_set(
      const SetManifest& manifest, Permissions permissions = Permissions::owner_only) const;
  // Removes unfinished sets that no running process holds. Returns their names; a dry run only
  // tells them.
  [[nodiscard]] Result<std::vector<std::string>> remove_unfinished(bool dry_run) const;

 private:
  Repository(std::shared_ptr<ImageStore> store, RepositoryHead head);

  std::shared_ptr<ImageStore> store_;
  RepositoryHead head_;
};

// What an argument names: "REPO", "REPO::SET", "REPO::SET/VOLUME", or the path of an image.
// Whatever exists under the very name is taken first; the last "::" splits.
struct Selector {
  std::string image;                    // or:
  std::string repository, set, volume;  // set "" = all of them, volume "" = all of them
  SetFilter filter;

  [[nodiscard]] SetQuery query() const {
    return {.set = set.empty() ? "latest" : set, .volume = volume, .filter = filter};
  }
};
[[nodiscard]] Result<Selector> parse_selector(const std::string& argument,
                                              const SetFilter& filter = {});

// A volume's image, and what the manifest says it must be: the one way to a set's images.
[[nodiscard]] ImageSource image_in(const SetEntry& entry, const VolumeManifest& volume);

// Why nothing of a set can be used: it is unfinished, its manifest is damaged (code
// std::errc::bad_message) or cannot be read.
[[nodiscard]] Result<void> check_usable(const SetEntry& entry);

struct ImageSelection {
  std::vector<ImageSource> images;
  std::string set_path;  // "" for a bare image
  SetManifest manifest;  // of the set, if any
};
// The images of one set or one volume, or the bare image. Without a set: the newest finished one.
[[nodiscard]] Result<ImageSelection> select_images(const std::string& argument,
                                                   const SetFilter& filter = {});
[[nodiscard]] Result<ImageSelection> select_images(const SetEntry& entry, std::string_view volume);

}  // namespace tintype
