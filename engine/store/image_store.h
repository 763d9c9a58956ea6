// What a repository needs of the medium it lies on: texts that are whole or not there, images that
// are written once, sets that begin, are committed by one step and go, locks where there are any. A
// folder is one (folder_store.h). What stands in the texts and which set is meant is no matter of
// the store's.
//
// Objects are named from the store's top, whatever the medium: "tintype.json",
// "sets/KEY/set.json", "verdicts/NAME". A set's key is its name, with ".partial" behind it as long
// as it is unfinished.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/file/file.h"
#include "io/folder/folder_tree.h"
#include "io/permissions.h"
#include "io/result.h"

namespace tintype {

// Held as long as it lives.
class StoreLock {
 public:
  virtual ~StoreLock() = default;
};

// An image that is being written. Not committed: what was written stays in its unfinished set.
class NewImage {
 public:
  virtual ~NewImage() = default;
  // For writing and for reading back.
  [[nodiscard]] virtual const File& file() const noexcept = 0;
  // Durable under its own name. What the medium says of it then.
  [[nodiscard]] virtual Result<FileStamp> commit() = 0;
};

class ImageStore {
 public:
  virtual ~ImageStore() = default;

  // As its user names it: what messages and reports say.
  [[nodiscard]] virtual const std::string& location() const noexcept = 0;
  [[nodiscard]] std::string path_of(std::string_view object) const;
  // Its location is a folder of this machine: what is read must not lie in it, and the system's
  // limits of paths hold.
  [[nodiscard]] virtual bool is_local() const noexcept = 0;
  // Why it has no tintype.json: what lies here instead, and what to do.
  [[nodiscard]] virtual Error why_no_repository() const = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> free_bytes() const = 0;  // none: not told
  // Of one component of an object's name.
  [[nodiscard]] virtual std::size_t name_bytes_max() const = 0;

  // --- texts ---
  [[nodiscard]] virtual Result<std::string> read_text(std::string_view object,
                                                      std::uint64_t bytes_max) const = 0;
  // Durable when it returns. An object of that name is an error.
  [[nodiscard]] virtual Result<void> write_text(std::string_view object, std::string_view text,
                                                Permissions permissions) const = 0;
  // The same, beside the sets ("verdicts/NAME"): for everybody who may read these.
  [[nodiscard]] virtual Result<void> write_beside_sets(std::string_view object,
                                                       std::string_view text) const = 0;
  // One that stays does no harm.
  virtual void discard(std::string_view object) const noexcept = 0;
  // What is directly below a name ("verdicts"), sorted.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(std::string_view object) const = 0;
  // Never waits. Held by someone else: resource_unavailable_try_again. A medium without locks:
  // another code. The object is there.
  [[nodiscard]] virtual Result<std::unique_ptr<StoreLock>> try_lock(
      std::string_view object) const = 0;

  // --- sets ---
  // Their keys: finished or not, sound or damaged.
  [[nodiscard]] virtual Result<std::vector<std::string>> list_sets() const = 0;
  // How many have a manifest, whatever it says.
  [[nodiscard]] virtual std::uint64_t finished_sets() const = 0;
  struct Sizes {
    std::uint64_t bytes = 0;           // of all objects
    std::uint64_t occupied_bytes = 0;  // that come back when it goes
  };
  [[nodiscard]] virtual Sizes sizes_of(const std::string& key) const = 0;
  enum class Life : std::uint8_t {
    dead,     // nobody holds its lock
    running,  // a living process does
    untold,   // no lock can be had: nobody can tell
  };
  [[nodiscard]] virtual Life life_of(const std::string& key) const = 0;

  // An unfinished set; returns its key. If the name is taken the set becomes `name`-2, -3…. It is
  // locked until it is committed or this store is gone, however that happens.
  [[nodiscard]] virtual Result<std::string> begin_set(const std::string& name,
                                                      Permissions permissions) = 0;
  // Whether this store holds it; never where the medium has no locks.
  [[nodiscard]] virtual bool is_locked(const std::string& key) const = 0;
  // The commit: `manifest` and the finished set appear in one step, durably.
  [[nodiscard]] virtual Result<void> commit_set(const std::string& name, std::string_view manifest,
                                                Permissions permissions) = 0;
  // False: a living process holds it, or it is gone. Where no lock can be had it stays, with an
  // error.
  [[nodiscard]] virtual Result<bool> remove_unfinished(const std::string& key) const = 0;
  // A finished set's first step out: it is unfinished now, with `begun` in it. Until the lock goes
  // nobody else clears it away; null where the medium has none. Who writes it at the moment is
  // an error: resource_unavailable_try_again.
  [[nodiscard]] virtual Result<std::unique_ptr<StoreLock>> withdraw_set(
      const std::string& name, std::string_view begun) const = 0;
  // The second.
  [[nodiscard]] virtual Result<void> remove_withdrawn(const std::string& name) const = 0;

  // --- images ---
  // Direct I/O where possible; payloads, at multiples of 4 KiB, can be read.
  [[nodiscard]] virtual Result<std::shared_ptr<const File>> open_image(
      std::string_view object) const = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<NewImage>> create_image(
      std::string_view object, Permissions permissions) const = 0;
  // To tell later whether it is still the same one.
  [[nodiscard]] virtual Result<FileStamp> stamp_of(std::string_view object) const = 0;
};

inline constexpr std::string_view kHeadName = "tintype.json";  // what makes it a repository
inline constexpr std::string_view kVerdictsName = "verdicts";  // of its images, since
// "sets/KEY", "sets/KEY/NAME".
[[nodiscard]] std::string set_object(std::string_view key, std::string_view name = {});
[[nodiscard]] std::string verdict_object(std::string_view name);  // "verdicts/NAME"

// For a repository that has sets, and only lost what makes it one.
[[nodiscard]] std::string adoption_hint(std::string_view location);

// The store that a location names; nothing of it is looked at. A path is a folder: a scheme of
// another kind of store has its place here.
[[nodiscard]] std::shared_ptr<ImageStore> open_store(const std::string& location);
// A new one with `head` as its tintype.json, which is the last thing written: of several who make
// one at once exactly one does. Refuses what is not empty.
[[nodiscard]] Result<std::shared_ptr<ImageStore>> create_store(const std::string& location,
                                                               std::string_view head,
                                                               std::string_view id,
                                                               Permissions permissions);

}  // namespace tintype
