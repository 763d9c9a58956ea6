#include "io/filesystem/ext/ext_nodes.h"

#include <algorithm>
#include <cstring>

#include "io/filesystem/file_runs.h"

namespace tintype {
namespace {

constexpr std::uint64_t kLinkBytesMax = 4096;  // Linux's own limit

std::string special_text(std::uint16_t mode) {
  if (LINUX_S_ISCHR(mode) || LINUX_S_ISBLK(mode)) return "a device";
  if (LINUX_S_ISFIFO(mode)) return "a pipe";
  if (LINUX_S_ISSOCK(mode)) return "a socket";
  return "of no known kind";
}

// A short text lies where a file's block map would, a longer one in a block of its own.
Result<std::string> link_text(const ExtLibrary& library, const Volume& volume, ExtFile&& file) {
  const std::uint64_t bytes = EXT2_I_SIZE(&file.inode);
  if (bytes == 0 || bytes > kLinkBytesMax) return plain_error("its text has an impossible length");
  std::string text(static_cast<std::size_t>(bytes), '\0');
  const bool has_block = (file.inode.i_flags & (EXT4_EXTENTS_FL | EXT4_INLINE_DATA_FL)) != 0 ||
                         bytes >= sizeof file.inode.i_block;
  if ((file.inode.i_flags & EXT4_ENCRYPT_FL) != 0) return plain_error("its text is encrypted");
  if (!has_block) {
    std::memcpy(text.data(), file.inode.i_block, text.size());
  } else {
    const FileEntry entry = map_ext_file(library, std::move(file));
    if (!entry.problem.empty()) return plain_error(entry.problem);
    if (entry.storage == FileStorage::resident) {
      TINTYPE_TRY(const auto content, read_ext_inline(library, entry));
      std::memcpy(text.data(), content.data(), std::min(content.size(), text.size()));
    } else {
      TINTYPE_CHECK(
          read_runs(volume, entry.runs, bytes, 0, std::as_writable_bytes(std::span(text))));
    }
  }
  if (text.find('\0') != std::string::npos) return plain_error("its text is damaged");
  return text;
}

}  // namespace

FileNode ext_node(const ExtLibrary& library, const Volume& volume, ExtFile&& file) {
  const std::uint16_t mode = file.inode.i_mode;
  FileNode node{.kind = FileNode::Kind::special,
                .path = file.path,
                .text = "",
                .problem = file.problem,
                .mode = static_cast<std::uint16_t>(mode & 07777),
                .modified = ext_modified_time(library, file.inode)};
  if (LINUX_S_ISDIR(mode)) {
    node.kind = FileNode::Kind::folder;
  } else if (!LINUX_S_ISLNK(mode)) {
    node.text = special_text(mode);
  } else {
    node.kind = FileNode::Kind::symbolic_link;
    if (auto text = link_text(library, volume, std::move(file)))
      node.text = *std::move(text);
    else
      node.problem = text.error().what;
  }
  return node;
}

}  // namespace tintype
