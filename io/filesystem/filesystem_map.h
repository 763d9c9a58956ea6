// What a volume's file system says of its bytes: which are allocated, which files there are,
// and where a file's bytes lie. Read once, from the same snapshot that is copied, before the copy.
//
// Every number read from the volume is a claim: it is checked against the volume's size before it
// is used, and a file whose map makes no sense is reported, never guessed.
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/volume/volume.h"

namespace tintype {

// Part of a file, in file order. Bytes of a file that no run covers are zeros (sparse, or past the
// valid-data length, whatever the disk holds there).
struct FileRun {
  std::uint64_t file_offset = 0;
  std::uint64_t volume_offset = 0;
  std::uint64_t length = 0;
  bool operator==(const FileRun&) const = default;
};

enum class FileStorage : std::uint8_t {
  runs,        // its bytes lie on the volume, as `runs` says
  resident,    // inside a metadata record (NTFS resident, ext4 inline): not streamed by its runs
  compressed,  // stored bytes are not the file's bytes
  encrypted,
};

struct FileEntry {
  // From the root, with forward slashes: "/Mailbox/DB1.edb". On a disk with partitions it begins
  // with the partition: "#2:/Mailbox/DB1.edb".
  std::string path;
  std::uint64_t size_bytes = 0;
  std::uint64_t valid_bytes =
      0;  // bytes from here on are zeros (NTFS valid-data length), else = size
  FileStorage storage = FileStorage::runs;
  std::vector<FileRun> runs;  // by file offset, clipped to valid_bytes; empty unless `runs`
  std::string problem;        // why the map cannot be trusted (it has no runs then); "" if it can
  std::uint64_t id = 0;       // the map's own number for it: file record, inode
  std::optional<std::timespec> modified;
  // NTFS: a link, or a placeholder of some driver's: what a program would read need not be this.
  bool stands_for_another = false;
  std::optional<std::uint16_t> mode;  // permissions, where the file system keeps such
};

// What has a path and is no file of its own.
struct FileNode {
  enum class Kind : std::uint8_t {
    hard_link,  // another name of a file that was found
    folder,
    symbolic_link,
    special,  // a device, a pipe, a socket, a link of another kind: what cannot be made anew
  };
  Kind kind{};
  std::string path;
  std::string text;  // hard_link: the file's path; symbolic_link: what it leads to; special: what
  std::uint64_t id = 0;  // of a hard_link's file
  std::string problem;   // why it is not known what it is or leads to; "" if it is
  std::optional<std::uint16_t> mode;
  std::optional<std::timespec> modified;
};

// What a search met beside files.
struct FoundBeside {
  std::vector<std::string> unread_folders;  // what is in them is not known
  std::vector<FileNode> nodes;              // whose paths are wanted, sorted
};

// Of so many the list alone takes a gigabyte.
inline constexpr std::size_t kFilesFoundMax = std::size_t{4} << 20;

class FilesystemMap {
 public:
  virtual ~FilesystemMap() = default;
  [[nodiscard]] virtual std::string_view type() const noexcept = 0;  // "ntfs", "ext4"
  [[nodiscard]] virtual const std::string& label() const noexcept = 0;
  [[nodiscard]] virtual std::uint32_t cluster_bytes() const noexcept = 0;

  // Allocated ranges of the volume, normalized: includes boot sectors, metadata, and everything
  // outside the file system's own area (the NTFS boot copy in the last sector).
  [[nodiscard]] virtual const ExtentList& allocated() const noexcept = 0;
  // Why `allocated` and the files' maps may lag behind the truth ("the journal was not replayed");
  // "" if they do not. The caller then copies every block and checks no database by this map.
  [[nodiscard]] virtual const std::string& unreliable() const noexcept = 0;
  // What is to be said though the map is good: of partitions (one that this program cannot map
  // counts as allocated, and no file of it is found), of bitmaps and files that disagree.
  struct Remark {
    enum class Kind : std::uint8_t {
      taken_whole,   // no map, and none is missed: a boot loader, firmware, swap
      damage,        // of a table or a file system that could be used all the same
      files_missed,  // no map: what files there are is not known
    };
    Kind kind{};
    std::string text;  // "#1: file system xfs cannot be mapped"
  };
  [[nodiscard]] virtual std::span<const Remark> remarks() const noexcept { return {}; }

  // Files whose path is wanted, hard links once (under the first path that is), directories and
  // named streams never. Sorted by path. More than kFilesFoundMax are an error.
  using Wanted = std::function<bool(const std::string& path)>;
  // A folder that cannot be read is an error, or, with `beside`, is named there. (NTFS has none:
  // its files are found without folders.)
  [[nodiscard]] virtual Result<std::vector<FileEntry>> find(const Wanted& wanted,
                                                            FoundBeside* beside) const = 0;
  [[nodiscard]] Result<std::vector<FileEntry>> find(const Wanted& wanted) const {
    return find(wanted, nullptr);
  }
  // Wanted are those that match one of the globs (case-insensitive; see glob.h). On a disk with
  // partitions a glob without a partition means all of them.
  [[nodiscard]] virtual Result<std::vector<FileEntry>> find(
      const std::vector<std::string>& globs) const;
  // Bytes of one file through its map, zeros where no run is; for headers. Works for resident
  // files too. Reading past the end is an error.
  [[nodiscard]] virtual Result<void> read(const FileEntry& file, std::uint64_t offset,
                                          std::span<std::byte> bytes) const = 0;
  // Which file each of these volume ranges belongs to: for naming unreadable sectors. One answer
  // per range: path and the file offset of its first byte; path "" for metadata or free space.
  struct Owner {
    std::string path;
    std::uint64_t file_offset = 0;
  };
  [[nodiscard]] virtual Result<std::vector<Owner>> owners(const ExtentList& ranges) const = 0;
};

}  // namespace tintype
