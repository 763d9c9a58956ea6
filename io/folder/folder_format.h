// The image of a folder as bytes. It is a legal pax archive, so that any tar can unpack it, with
// two things in it that tar takes for comments ("g" headers, POSIX.1-2017, pax Interchange Format):
//
//   folder := head, { member }, index, end
//   head   := "g" header of 1024 bytes: says that this is the image of a folder, and where its
//             index lies
//   member := [ "g" header that only fills up ], headers as any tar has them, data, zeros to 512
//   index  := { "g" header of kIndexPieceBytes, holding kIndexPieceDataBytes of the index }, and
//             after every kIndexPiecesInARow of them the headers of the folder itself once more:
//             libarchive takes more than 32 comments in a row for an attack
//   end    := 1024 zeros or more, up to a multiple of 4096
//
// The index lists what is in the folder: first what is no file of its own (folders, links and
// further names, devices, pipes), then the regular files: path, size, and where the data lie.
// Whoever wants one file reads it instead of all headers. In version 1 it listed files only, each
// under its first name, and no permissions; such images are read for ever.
//
// Reading trusts nothing. The head is what this program writes to the byte, or none; an index
// entry is used only if its data lie inside the archive, behind those of the entry before it, and
// its path leads nowhere but down.
#pragma once

#include <array>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hashing/endian.h"
#include "hashing/xxh3.h"
#include "io/extent.h"
#include "io/result.h"

namespace tintype {

inline constexpr std::uint64_t kTarBlockBytes = 512;
inline constexpr std::uint64_t kFolderHeadBytes = 1024;
// Data of files of this size and more begin at a multiple of kFolderAlignmentBytes: they are read
// directly, from where they lie to where they are hashed.
inline constexpr std::uint64_t kFolderDirectBytesMin = 64 << 10;
inline constexpr std::uint64_t kFolderAlignmentBytes = 4096;
inline constexpr std::size_t kIndexPieceBytes = 512 + 65536;
inline constexpr std::uint64_t kIndexPiecesInARow = 16;
inline constexpr std::size_t kIndexPieceDataBytes = 65536 - 14 - 1;  // "65536 comment=", "\n"

inline constexpr unsigned kFolderVersion = 2;

struct FolderHead {
  unsigned version = kFolderVersion;
  std::uint64_t index_at = 0;         // of its first piece, in the image
  std::uint64_t index_bytes = 0;      // without what wraps it
  std::uint64_t entries = 0;          // in it
  std::uint64_t separator_bytes = 0;  // of the headers that stand between rows of pieces
  Digest128 index_digest;             // of the index's bytes
  bool operator==(const FolderHead&) const = default;
};
// Where a piece of the index begins, from 0. All of them lie inside of `image_bytes`, if
// index_is_inside() says so.
[[nodiscard]] std::uint64_t index_piece_at(const FolderHead& head, std::uint64_t piece) noexcept;
[[nodiscard]] bool index_is_inside(const FolderHead& head, std::uint64_t image_bytes) noexcept;
[[nodiscard]] std::array<std::byte, kFolderHeadBytes> to_bytes(const FolderHead& head);
// Nothing if `bytes` do not begin with a head.
[[nodiscard]] std::optional<FolderHead> parse_folder_head(std::span<const std::byte> bytes);

// A "g" header that says nothing, of `length` bytes: a multiple of 512.
[[nodiscard]] std::vector<std::byte> folder_filler(std::size_t length);
// What stands before the data of an index piece. Behind them is one newline.
[[nodiscard]] const std::vector<std::byte>& folder_index_piece_head();

struct FolderIndexRecord {
  le64 data_at;      // +0x00  in the image, a multiple of 512; of no file 0
  le64 size_bytes;   // +0x08  of the file; of no file: length of its text
  le64 modified_s;   // +0x10  seconds since 1970, signed
  le32 modified_ns;  // +0x18
  le32 flags;        // +0x1C  kFolderSparse, kFolderHasMode; kind << 4; mode << 16
  le32 runs;         // +0x20  that follow the path; 0 unless sparse
  le32 path_bytes;   // +0x24
};                   // +0x28  the path, from the folder down: "Mailbox/DB1.edb"; runs, or the text
static_assert(sizeof(FolderIndexRecord) == 0x28 && alignof(FolderIndexRecord) == 1);
inline constexpr std::uint32_t kFolderSparse = 1;
inline constexpr std::uint32_t kFolderHasMode = 2;
struct FolderIndexRun {
  le64 file_offset;  // +0x00
  le64 length;       // +0x08  not zero
};
static_assert(sizeof(FolderIndexRun) == 0x10);

inline constexpr std::size_t kFolderPathBytesMax = 1 << 20;
// A file in more pieces is taken as if it had no holes.
inline constexpr std::size_t kFolderRunsMax = 1 << 16;

enum class FolderMemberKind : std::uint8_t {
  file = 0,
  hard_link = 1,  // text: the path of the file, which is listed later
  folder = 2,
  symbolic_link = 3,  // text: what it leads to
  device = 4,
  pipe = 5,
};

// An entry of the index.
struct FolderMember {
  std::string path;  // no slash in front
  std::uint64_t size_bytes = 0;
  std::uint64_t data_at = 0;
  std::timespec modified{};
  bool sparse = false;
  ExtentList runs;  // of the file, if it is sparse: they lie end to end from data_at on
  FolderMemberKind kind = FolderMemberKind::file;
  std::string text;
  std::optional<std::uint16_t> mode;  // permissions; nothing in version 1

  [[nodiscard]] std::uint64_t stored_bytes() const noexcept {
    return sparse ? total_bytes(runs) : size_bytes;
  }
};
void append_index_entry(const FolderMember& member, std::vector<std::byte>& index);

// Cuts entries out of the bytes of an index, which come in pieces.
class FolderIndexParser {
 public:
  // Data lie in [kFolderHeadBytes, data_end).
  explicit FolderIndexParser(std::uint64_t data_end) : data_end_(data_end) {}
  // More bytes, behind those that were given before.
  void feed(std::span<const std::byte> bytes);
  // False: there is not a whole entry here. The error says what is wrong with it, and is final.
  [[nodiscard]] Result<bool> next(FolderMember& member);
  [[nodiscard]] bool at_entry() const noexcept { return at_ == bytes_.size(); }

 private:
  [[nodiscard]] Result<void> read_file(std::span<const std::byte> bytes, std::uint64_t runs,
                                       FolderMember& member);
  [[nodiscard]] Result<void> check_node(const FolderMember& member) const;

  std::uint64_t data_end_;
  std::uint64_t last_end_ = kFolderHeadBytes;  // of the data of the entry before
  bool met_file_ = false;
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
};

}  // namespace tintype
