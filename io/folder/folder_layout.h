// Lays a folder out as an image (folder_format.h) before a byte of its files is read: looks at
// everything in it once, writes all headers, and says where each file's data will lie between them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/file/file.h"
#include "io/folder/folder_problems.h"
#include "io/folder/folder_tree.h"

namespace tintype {

struct FolderLayoutOptions {
  // A folder that must not lie in this one: the repository. "" if there is none yet.
  std::string apart_from;
  std::function<bool()> stop = [] { return false; };  // asked now and then
};

struct FolderLayout {
  FolderTree tree;
  // Everything of the image but the files' data: the two are woven by FolderTree::File::data_at. A
  // temporary file, for it has 1.5 KiB a file.
  File headers;
  std::uint64_t image_bytes = 0;
  std::uint64_t index_at = 0;
  FolderProblems problems;  // what could not be read: it is not in the image
  // What was left out because it is no part of a folder's content: sockets, other file systems.
  FolderProblems left_out;
};

// Whatever cannot be read is a problem, and the rest goes on. Errors: the folder itself, no room
// for the headers, stopped (std::errc::operation_canceled).
[[nodiscard]] Result<FolderLayout> lay_out_folder(const std::string& path,
                                                  const FolderLayoutOptions& options);

}  // namespace tintype
