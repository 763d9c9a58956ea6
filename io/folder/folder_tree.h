// The files and folders below a folder that is backed up, in about 100 bytes each: what is needed
// to find a file's bytes again while the image is read, and to tell afterwards whether it changed.
//
// Names are bytes. A place in the tree is reached from its top, step by step, without following a
// link: whatever somebody does to the tree meanwhile, nothing outside of it is read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/extent.h"
#include "io/handle.h"
#include "io/result.h"

namespace tintype {

// What the kernel says of a file's state: it cannot change without one of these.
struct FileStamp {
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;  // of a folder 0: not compared
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::uint16_t mode = 0;  // permissions: a change of them is a change of `changed_ns`
  bool operator==(const FileStamp&) const = default;
};

class FolderTree {
 public:
  static constexpr std::uint32_t kTop = 0;
  static constexpr std::uint32_t kNotSparse = ~std::uint32_t{0};

  struct Folder {
    std::uint32_t parent = kTop;
    std::uint32_t name_at = 0;
    FileStamp stamp;
  };
  // A regular file, hard links once.
  struct File {
    FileStamp stamp;
    std::uint64_t data_at = 0;        // in the image
    std::uint64_t stored_before = 0;  // bytes of the files before it
    std::uint32_t folder = kTop;
    std::uint32_t name_at = 0;
    std::uint32_t first_run = 0;
    std::uint32_t runs = kNotSparse;
  };

  // The folder must exist; it may be reached through a link, for its path is the user's own.
  [[nodiscard]] static Result<FolderTree> open(const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t device() const noexcept { return device_; }
  [[nodiscard]] const std::vector<Folder>& folders() const noexcept { return folders_; }
  [[nodiscard]] const std::vector<File>& files() const noexcept { return files_; }
  [[nodiscard]] const char* name_of(const Folder& folder) const {
    return names_.data() + folder.name_at;
  }
  [[nodiscard]] const char* name_of(const File& file) const { return names_.data() + file.name_at; }
  // From the top down, "Mailbox/DB1.edb"; of the top itself "".
  [[nodiscard]] std::string path_of(std::uint32_t folder) const;
  [[nodiscard]] std::string path_of(const File& file) const;
  // Bytes of the file in the image: less than its size if it has holes.
  [[nodiscard]] std::uint64_t stored_bytes(std::size_t file) const;
  // Where they lie in the file: of a file without holes one extent, or none if it is empty.
  [[nodiscard]] ExtentList runs_of(const File& file) const;
  [[nodiscard]] std::uint64_t stored_total() const noexcept { return stored_total_; }

  // A handle of the folder, or errno in `error_number`.
  [[nodiscard]] Handle open_folder(std::uint32_t folder, int& error_number) const;

  // Files are added folder by folder, each at a larger place in the image than the one before.
  [[nodiscard]] Result<std::uint32_t> add_folder(std::uint32_t parent, const std::string& name,
                                                 const FileStamp& stamp);
  [[nodiscard]] Result<void> add_file(std::uint32_t folder, const std::string& name,
                                      const FileStamp& stamp, std::uint64_t data_at, bool sparse,
                                      const ExtentList& runs);

  // Calls `changed` for each file and folder whose stamp is no longer what it was, with its path
  // and what is seen. Stops if `go_on` says so.
  void find_changes(const std::function<void(const std::string& path, std::string what)>& changed,
                    const std::function<bool()>& go_on) const;

 private:
  FolderTree() = default;
  [[nodiscard]] Result<std::uint32_t> add_name(const std::string& name);

  std::string path_;
  Handle top_;
  std::uint64_t device_ = 0;
  std::vector<Folder> folders_;  // the top first, parents before children
  std::vector<File> files_;      // by place in the image
  std::string names_;            // each ends in NUL
  ExtentList runs_;
  std::uint64_t stored_total_ = 0;
};

}  // namespace tintype
