// A repository in a folder of any mounted path. An object is a file, a set a folder, and one rename
// is the commit.
//
// A set's lock is a file in its folder and moves with it. Who takes the lock looks afterwards
// whether the path still leads to the file it locked, so neither a commit nor a removal by another
// process can slip in between.
#pragma once

#include <map>

#include "engine/store/image_store.h"
#include "io/file/durable_file.h"
#include "io/file/file_lock.h"

namespace tintype {

// The image is kept aside (".partial") if it is not committed: it may be the last copy.
class NewImageFile final : public NewImage {
 public:
  explicit NewImageFile(DurableFile file) : file_(std::move(file)) { file_.keep_partial(); }

  [[nodiscard]] const File& file() const noexcept override { return file_.file(); }
  [[nodiscard]] Result<FileStamp> commit() override;

 private:
  DurableFile file_;
};

class FolderStore : public ImageStore {
 public:
  explicit FolderStore(std::string path) : path_(std::move(path)) {}
  // The last folder of the path, or what lies in an empty one, which keeps its mode. Nothing else
  // makes a repository: a path whose disk is not mounted must not become one.
  [[nodiscard]] static Result<void> make(const std::string& path, std::string_view head,
                                         std::string_view id, Permissions permissions);

  [[nodiscard]] const std::string& location() const noexcept override { return path_; }
  [[nodiscard]] bool is_local() const noexcept override { return true; }
  [[nodiscard]] Error why_no_repository() const override;
  [[nodiscard]] std::optional<std::uint64_t> free_bytes() const override;
  [[nodiscard]] std::size_t name_bytes_max() const override;

  [[nodiscard]] Result<std::string> read_text(std::string_view object,
                                              std::uint64_t bytes_max) const override;
  [[nodiscard]] Result<void> write_text(std::string_view object, std::string_view text,
                                        Permissions permissions) const override;
  [[nodiscard]] Result<void> write_beside_sets(std::string_view object,
                                               std::string_view text) const override;
  void discard(std::string_view object) const noexcept override;
  [[nodiscard]] Result<std::vector<std::string>> list(std::string_view object) const override;
  [[nodiscard]] Result<std::unique_ptr<StoreLock>> try_lock(std::string_view object) const override;

  [[nodiscard]] Result<std::vector<std::string>> list_sets() const override;
  [[nodiscard]] std::uint64_t finished_sets() const override;
  [[nodiscard]] Sizes sizes_of(const std::string& key) const override;
  [[nodiscard]] Life life_of(const std::string& key) const override;
  [[nodiscard]] Result<std::string> begin_set(const std::string& name,
                                              Permissions permissions) override;
  [[nodiscard]] bool is_locked(const std::string& key) const override;
  [[nodiscard]] Result<void> commit_set(const std::string& name, std::string_view manifest,
                                        Permissions permissions) override;
  [[nodiscard]] Result<bool> remove_unfinished(const std::string& key) const override;
  [[nodiscard]] Result<std::unique_ptr<StoreLock>> withdraw_set(
      const std::string& name, std::string_view begun) const override;
  [[nodiscard]] Result<void> remove_withdrawn(const std::string& name) const override;

  [[nodiscard]] Result<std::shared_ptr<const File>> open_image(
      std::string_view object) const override;
  [[nodiscard]] Result<std::unique_ptr<NewImage>> create_image(
      std::string_view object, Permissions permissions) const override;
  [[nodiscard]] Result<FileStamp> stamp_of(std::string_view object) const override;

 private:
  [[nodiscard]] std::string sets_path() const { return path_of("sets"); }

  std::string path_;
  std::map<std::string, FileLock> held_;  // by key: of the sets begun here
};

}  // namespace tintype
