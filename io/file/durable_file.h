// The only way a finished file gets its name: written aside, synced, renamed, its directory
// synced. Until commit() returns, nothing with the final name exists that did not exist before,
// and after it a power cut loses neither the name nor the bytes.
#pragma once

#include "io/file/file.h"

namespace tintype {

class DurableFile {
 public:
  // What becomes of a regular file that has the final name already.
  enum class IfTaken : std::uint8_t {
    refuse,   // EEXIST, now and when it would get the name
    replace,  // stays as it is until then; the new one takes over its mode and, as root, its owner
  };
  // Creates `final_path + ".partial"`; a left-over is removed first: it is unfinished by
  // definition.
  [[nodiscard]] static Result<DurableFile> create(const std::string& final_path, Caching caching,
                                                  Permissions permissions = Permissions::owner_only,
                                                  IfTaken if_taken = IfTaken::refuse);
  // Goes on with a left-over ".partial", whatever is in it: the caller finds out. It is kept if it
  // is not committed. None there: no_such_file_or_directory.
  [[nodiscard]] static Result<DurableFile> resume(const std::string& final_path, Caching caching,
                                                  IfTaken if_taken = IfTaken::refuse);
  DurableFile(DurableFile&&) noexcept;
  DurableFile& operator=(DurableFile&&) = delete;
  ~DurableFile();  // not committed: removes the partial file, unless kept

  [[nodiscard]] const File& file() const noexcept { return file_; }
  [[nodiscard]] const std::string& final_path() const noexcept { return final_path_; }
  // Sync, rename (see IfTaken), sync the directory; closes the file. Any failure is final:
  // a failed sync is never retried as if fine. Should only the last step fail, the file stands
  // whole under its final name, but a power cut may still lose the name.
  [[nodiscard]] Result<void> commit();
  void keep_partial() noexcept { keep_partial_ = true; }
  void use_page_cache() noexcept { file_.use_page_cache(); }  // as File

 private:
  DurableFile() = default;
  File file_;
  std::string final_path_;
  std::string partial_path_;
  IfTaken if_taken_ = IfTaken::refuse;
  bool committed_ = false;
  bool keep_partial_ = false;
};

// Gives a file the mode of another, and its owner and group as far as that is allowed.
void take_over_owner_and_mode(const File& file, const std::string& of) noexcept;
// Small files in one call: manifest, tintype.json.
[[nodiscard]] Result<void> write_durably(const std::string& final_path, std::string_view content,
                                         Permissions permissions = Permissions::owner_only);
// Whether it was made: false if a folder is there already, which is left as it is. Its parent is
// synced.
[[nodiscard]] Result<bool> make_folder_durably(const std::string& path,
                                               Permissions permissions = Permissions::owner_only);
// mkdir, rename and unlink are durable only when their directory is synced.
[[nodiscard]] Result<void> sync_directory(const std::string& path);
// Removes a file's name; a folder, even an empty one, is an error. Durable only when the directory
// is synced.
[[nodiscard]] Result<void> remove_file(const std::string& path);
// rename(2) that refuses to replace an existing name (EEXIST), then syncs both directories.
[[nodiscard]] Result<void> rename_durably(const std::string& from, const std::string& to);
// The same, but an existing file of that name is gone then: for who was told to overwrite it.
[[nodiscard]] Result<void> replace_durably(const std::string& from, const std::string& to);

}  // namespace tintype
