#include "io/folder/folder_layout.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <unordered_map>

#include "io/file/extent_map.h"
#include "io/file/folder_names.h"
#include "io/folder/archive_library.h"
#include "io/folder/file_stamp_linux.h"
#include "io/folder/folder_format.h"
#include "io/folder/member_header_linux.h"

namespace tintype {
namespace {

// Folders in folders: more are no tree of files but an accident, and each is opened from the top.
constexpr unsigned kDepthMax = 4096;
constexpr std::size_t kPathBytesMax = 64 << 10;  // far from what a header can hold
constexpr std::uint64_t kUsualBlockBytes = 512;  // of st_blocks

std::string message_of(int error_number) {
  return std::generic_category().message(error_number);
}

// What is appended to a file in pieces, written in large ones.
class Appender {
 public:
  explicit Appender(File& file) : file_(file) {}
  [[nodiscard]] std::uint64_t bytes() const noexcept { return written_ + buffer_.size(); }

  Result<void> append(std::span<const std::byte> bytes) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return buffer_.size() < kBufferBytes ? Result<void>{} : flush();
  }
  Result<void> append_zeros(std::size_t count) {
    buffer_.resize(buffer_.size() + count);
    return {};
  }
  Result<void> flush() {
    TINTYPE_CHECK(file_.write_at(written_, buffer_));
    written_ += buffer_.size();
    buffer_.clear();
    return {};
  }

 private:
  static constexpr std::size_t kBufferBytes = 1 << 20;
  File& file_;
  std::vector<std::byte> buffer_;
  std::uint64_t written_ = 0;
};

// The index, cut into pieces as they fill.
class IndexWriter {
 public:
  // `separator` stands between rows of pieces.
  IndexWriter(Appender& to, std::span<const std::byte> separator)
      : to_(to), separator_(separator) {}

  Result<void> add(const FolderMember& member) {
    append_index_entry(member, bytes_);
    return added(1);
  }
  // Entries that were put together before.
  Result<void> add(std::span<const std::byte> entries, std::uint64_t count) {
    for (; !entries.empty(); entries = entries.subspan(std::min(entries.size(), kFedBytes))) {
      const auto piece = entries.first(std::min(entries.size(), kFedBytes));
      bytes_.insert(bytes_.end(), piece.begin(), piece.end());
      TINTYPE_CHECK(added(0));
    }
    return added(count);
  }
  // The head, but for the place.
  Result<FolderHead> finish() {
    if (!bytes_.empty()) TINTYPE_CHECK(write_piece());
    if (pieces_ > kIndexPiecesInARow) head_.separator_bytes = separator_.size();
    head_.index_digest = digest_.digest();
    return head_;
  }

 private:
  static constexpr std::size_t kFedBytes = 64 << 10;

  Result<void> added(std::uint64_t entries) {
    head_.entries += entries;
    while (bytes_.size() >= kIndexPieceDataBytes) TINTYPE_CHECK(write_piece());
    return {};
  }
  Result<void> write_piece() {
    const std::size_t count = std::min(bytes_.size(), kIndexPieceDataBytes);
    digest_.update(std::span(bytes_).first(count));
    head_.index_bytes += count;
    bytes_.resize(std::max(bytes_.size(), kIndexPieceDataBytes));
    if (pieces_ != 0 && pieces_ % kIndexPiecesInARow == 0) TINTYPE_CHECK(to_.append(separator_));
    ++pieces_;
    TINTYPE_CHECK(to_.append(folder_index_piece_head()));
    TINTYPE_CHECK(to_.append(std::span(bytes_).first(kIndexPieceDataBytes)));
    constexpr std::byte kNewline{'\n'};
    TINTYPE_CHECK(to_.append({&kNewline, 1}));
    bytes_.erase(bytes_.begin(), bytes_.begin() + kIndexPieceDataBytes);
    return {};
  }

  Appender& to_;
  const std::span<const std::byte> separator_;
  std::uint64_t pieces_ = 0;
  std::vector<std::byte> bytes_;
  Xxh3Stream digest_;
  FolderHead head_;
};

class Walk {
 public:
  Walk(FolderLayout& layout, const FolderLayoutOptions& options)
      : layout_(layout), options_(options), headers_(layout.headers) {}

  Result<void> run() {
    TINTYPE_CHECK(headers_.append_zeros(kFolderHeadBytes));
    if (!options_.apart_from.empty()) TINTYPE_CHECK(keep_apart(options_.apart_from));
    to_list_.push_back({FolderTree::kTop, 0});
    while (!to_list_.empty()) {
      const auto [folder, depth] = to_list_.back();
      to_list_.pop_back();
      TINTYPE_CHECK(list(folder, depth));
    }
    return finish();
  }

 private:
  struct ToList {
    std::uint32_t folder = 0;
    unsigned depth = 0;
  };
  // One entry of the folder that is being listed.
  struct Found {
    const Handle& folder;
    std::uint32_t folder_number;
    const std::string& name;
    std::string path;  // from the top
    struct stat status {};
    [[nodiscard]] std::string found_at() const {
      return fmt::format("/proc/self/fd/{}/{}", folder.get(), name);
    }
  };

  [[nodiscard]] std::uint64_t position() const {
    return headers_.bytes() + layout_.tree.stored_total();
  }
  void problem(const std::string& path, std::string what) {
    layout_.problems.add(path, std::move(what));
  }

  // Refuses a folder inside of ours, and one that is still to be made there. A mount that shows our
  // files elsewhere hides it here; then it is met on the walk.
  Result<void> keep_apart(const std::string& path) {
    struct stat top {
    }, at{};
    int error_number = 0;
    const Handle ours = layout_.tree.open_folder(FolderTree::kTop, error_number);
    if (!ours.is_open() || ::fstat(ours.get(), &top) != 0)
      return system_error(errno, "open the folder", layout_.tree.path());
    if (::stat(path.c_str(), &at) == 0) apart_ = {at.st_dev, at.st_ino};
    std::error_code ignored;
    std::filesystem::path there = std::filesystem::absolute(path, ignored);
    Handle folder(::open(there.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    while (!folder.is_open() && there.has_relative_path()) {
      there = there.parent_path();
      folder = Handle(::open(there.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    for (std::pair<dev_t, ino_t> below; folder.is_open() && ::fstat(folder.get(), &at) == 0;) {
      if (at.st_dev == top.st_dev && at.st_ino == top.st_ino) return lies_inside(path);
      if (below == std::pair(at.st_dev, at.st_ino)) break;  // the root
      below = {at.st_dev, at.st_ino};
      folder = Handle(::openat(folder.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    return {};
  }

  // Its headers, then what is in it: a tar sets a folder's time when it meets something that lies
  // elsewhere.
  Result<void> list(std::uint32_t number, unsigned depth) {
    int error_number = 0;
    const bool is_top = number == FolderTree::kTop;
    const FolderTree::Folder listed = layout_.tree.folders()[number];
    const Handle above = layout_.tree.open_folder(listed.parent, error_number);
    const std::string name = is_top ? "." : layout_.tree.name_of(listed);
    const std::string path = layout_.tree.path_of(number);
    Found itself{above, listed.parent, name, is_top ? "." : path, {}};
    if (!above.is_open() ||
        ::fstatat(above.get(), name.c_str(), &itself.status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (error_number == 0) error_number = errno;
      if (is_top) return system_error(error_number, "open the folder", layout_.tree.path());
      problem(path, fmt::format("not in the backup: {}", message_of(error_number)));
      return {};
    }
    if (is_apart(itself.status))
      return lies_inside(is_top ? layout_.tree.path() : layout_.tree.path() + "/" + path);
    auto headers = make_headers(
        {.path = itself.path, .found_at = itself.found_at(), .status = &itself.status});
    if (is_top && headers.empty())
      return plain_error(fmt::format("no header can be written for {}", layout_.tree.path()));
    TINTYPE_CHECK(headers_.append(headers));
    if (!is_top && !headers.empty()) list_node(itself, FolderMemberKind::folder);
    if (is_top) top_headers_ = std::move(headers);
    const Handle folder = layout_.tree.open_folder(number, error_number);
    if (!folder.is_open()) {
      problem(path,
              fmt::format("what is in it is not in the backup: {}", message_of(error_number)));
      return {};
    }
    auto names = names_in(folder, layout_.tree.path() + "/" + path);
    if (!names) {
      if (is_top) return tl::unexpected(std::move(names).error());
      problem(path,
              fmt::format("what is in it is not in the backup: {}", names.error().code.message()));
      return {};
    }
    const std::size_t first = to_list_.size();
    for (const std::string& entry : *names) {
      if (options_.stop())
        return tl::unexpected(
            Error{std::make_error_code(std::errc::operation_canceled), "stopped on request", {}});
      Found found{folder, number, entry, is_top ? entry : path + "/" + entry, {}};
      TINTYPE_CHECK(add(found, depth + 1));
    }
    // The first name's folder is listed first.
    std::reverse(to_list_.begin() + static_cast<std::ptrdiff_t>(first), to_list_.end());
    return {};
  }

  Result<void> add(Found& found, unsigned depth) {
    if (found.path.size() > kPathBytesMax) {
      problem(found.path.substr(0, kPathBytesMax), "not in the backup: its path is too long");
      return {};
    }
    if (::fstatat(found.folder.get(), found.name.c_str(), &found.status, AT_SYMLINK_NOFOLLOW) !=
        0) {
      problem(found.path, fmt::format("not in the backup: {}", message_of(errno)));
      return {};
    }
    const mode_t type = found.status.st_mode & S_IFMT;
    const bool elsewhere = found.status.st_dev != layout_.tree.device();
    if (type == S_IFDIR) return add_folder(found, depth, elsewhere);
    if (type == S_IFSOCK) {
      layout_.left_out.add(found.path, "a socket");
      return {};
    }
    if (elsewhere) {
      layout_.left_out.add(found.path, "on another file system");
      return {};
    }
    if (type == S_IFREG) return add_file(found);
    return add_headers(found);
  }

  Result<void> add_folder(Found& found, unsigned depth, bool elsewhere) {
    if (elsewhere) {
      layout_.left_out.add(found.path, "another file system is mounted there: not entered");
      return add_headers(found);
    }
    if (depth > kDepthMax) {
      problem(found.path, "what is in it is not in the backup: too many folders in one another");
      return add_headers(found);
    }
    TINTYPE_TRY(const std::uint32_t number,
                layout_.tree.add_folder(found.folder_number, found.name, stamp_of(found.status)));
    to_list_.push_back({number, depth});
    return {};
  }

  Result<void> add_file(Found& found) {
    const auto file =
        File::open_source_in(found.folder.get(), found.name, layout_.tree.path() + "/" + found.path,
                             Caching::page_cache);
    if (!file || ::fstat(file->handle(), &found.status) != 0) {
      // A limit of this process is no property of the file.
      if (!file && (file.error().code == std::errc::too_many_files_open ||
                    file.error().code == std::errc::too_many_files_open_in_system))
        return tl::unexpected(file.error());
      problem(found.path, fmt::format("not in the backup: {}",
                                      file ? message_of(errno) : file.error().code.message()));
      return {};
    }
    const FileStamp stamp = stamp_of(found.status);
    MemberHeaders::Request request{.path = found.path,
                                   .found_at = found.found_at(),
                                   .handle = file->handle(),
                                   .status = &found.status};
    if (const auto first = first_link_.find(stamp.inode); first != first_link_.end()) {
      request.hard_link_to = layout_.tree.path_of(layout_.tree.files()[first->second]);
      const auto headers = make_headers(request);
      if (!headers.empty())
        list_node(found, FolderMemberKind::hard_link, std::move(request.hard_link_to));
      return headers_.append(headers);
    }
    if (static_cast<std::uint64_t>(found.status.st_blocks) * kUsualBlockBytes < stamp.size_bytes)
      find_holes(*file, stamp, request);
    const auto headers = make_headers(request);
    if (headers.empty()) return {};
    const std::uint64_t stored = request.sparse ? total_bytes(request.runs) : stamp.size_bytes;
    if (stored >= kFolderDirectBytesMin) {
      const std::uint64_t over = (position() + headers.size()) % kFolderAlignmentBytes;
      if (over != 0) TINTYPE_CHECK(headers_.append(folder_filler(kFolderAlignmentBytes - over)));
    }
    TINTYPE_CHECK(headers_.append(headers));
    TINTYPE_CHECK(layout_.tree.add_file(found.folder_number, found.name, stamp, position(),
                                        request.sparse, request.runs));
    if (found.status.st_nlink > 1)
      first_link_.emplace(stamp.inode, layout_.tree.files().size() - 1);
    return headers_.append_zeros((kTarBlockBytes - stored % kTarBlockBytes) % kTarBlockBytes);
  }

  // Runs are widened to 4 KiB: what is read directly begins and ends there.
  static void find_holes(const File& file, const FileStamp& stamp,
                         MemberHeaders::Request& request) {
    const auto extents = data_extents(file);
    if (!extents) return;  // taken as it reads
    request.runs = rounded_out(intersection(*extents, normalized({{0, stamp.size_bytes}})),
                               kFolderAlignmentBytes, stamp.size_bytes);
    request.sparse =
        total_bytes(request.runs) < stamp.size_bytes && request.runs.size() <= kFolderRunsMax;
    if (!request.sparse) request.runs.clear();
  }

  // None if there can be none, which is told. In the archive every name begins with "./", as the
  // top's does: else GNU tar takes the top for finished when its first file comes, and its time is
  // lost.
  std::vector<std::byte> make_headers(MemberHeaders::Request request) {
    const std::string path = request.path == "." ? "" : request.path;
    if (!path.empty()) request.path = "./" + path;
    if (!request.hard_link_to.empty()) request.hard_link_to = "./" + request.hard_link_to;
    auto made = maker_.make(request);
    if (!made) {
      problem(path, fmt::format("not in the backup: {}", made.error().what));
      return {};
    }
    if (!made->problem.empty())
      problem(path, fmt::format("not all its metadata are in the backup: {}", made->problem));
    return std::move(made->bytes);
  }

  // Of what is no file.
  Result<void> add_headers(const Found& found) {
    const auto headers =
        make_headers({.path = found.path, .found_at = found.found_at(), .status = &found.status});
    if (headers.empty()) return {};
    TINTYPE_CHECK(headers_.append(headers));
    switch (found.status.st_mode & S_IFMT) {
      case S_IFDIR:
        list_node(found, FolderMemberKind::folder);
        return {};
      case S_IFIFO:
        list_node(found, FolderMemberKind::pipe);
        return {};
      case S_IFLNK:
        break;
      default:
        list_node(found, FolderMemberKind::device);
        return {};
    }
    std::string text(kFolderPathBytesMax, '\0');
    const ssize_t bytes =
        ::readlinkat(found.folder.get(), found.name.c_str(), text.data(), text.size());
    if (bytes <= 0) {  // gone since its headers were made
      problem(found.path, fmt::format("not listed in the backup: {}", message_of(errno)));
      return {};
    }
    text.resize(static_cast<std::size_t>(bytes));
    list_node(found, FolderMemberKind::symbolic_link, std::move(text));
    return {};
  }

  void list_node(const Found& found, FolderMemberKind kind, std::string text = {}) {
    const FileStamp stamp = stamp_of(found.status);
    append_index_entry({.path = found.path,
                        .modified = time_of(stamp),
                        .kind = kind,
                        .text = std::move(text),
                        .mode = stamp.mode},
                       nodes_);
    ++nodes_listed_;
  }

  static std::timespec time_of(const FileStamp& stamp) {
    const std::int64_t ns = stamp.modified_ns;
    const std::int64_t part = (ns % 1'000'000'000 + 1'000'000'000) % 1'000'000'000;
    return {.tv_sec = (ns - part) / 1'000'000'000, .tv_nsec = part};
  }

  [[nodiscard]] bool is_apart(const struct stat& status) const {
    return apart_ == std::pair(status.st_dev, status.st_ino);
  }
  [[nodiscard]] tl::unexpected<Error> lies_inside(const std::string& where) const {
    return plain_error(
        fmt::format("{} lies inside of {}, the folder to be backed up", where, layout_.tree.path()),
        "choose a repository elsewhere");
  }

  Result<void> finish() {
    layout_.index_at = position();
    IndexWriter index(headers_, top_headers_);
    const FolderTree& tree = layout_.tree;
    TINTYPE_CHECK(index.add(nodes_, nodes_listed_));
    for (const FolderTree::File& file : tree.files()) {
      const bool sparse = file.runs != FolderTree::kNotSparse;
      TINTYPE_CHECK(index.add({.path = tree.path_of(file),
                               .size_bytes = file.stamp.size_bytes,
                               .data_at = file.data_at,
                               .modified = time_of(file.stamp),
                               .sparse = sparse,
                               .runs = sparse ? tree.runs_of(file) : ExtentList{},
                               .mode = file.stamp.mode}));
    }
    TINTYPE_TRY(FolderHead head, index.finish());
    head.index_at = layout_.index_at;
    const std::uint64_t end = position() + 2 * kTarBlockBytes;
    TINTYPE_CHECK(headers_.append_zeros(2 * kTarBlockBytes +
                                        (kFolderAlignmentBytes - end % kFolderAlignmentBytes) %
                                            kFolderAlignmentBytes));
    TINTYPE_CHECK(headers_.flush());
    layout_.image_bytes = position();
    return layout_.headers.write_at(0, to_bytes(head));
  }

  FolderLayout& layout_;
  const FolderLayoutOptions& options_;
  Appender headers_;
  MemberHeaders maker_;
  std::pair<dev_t, ino_t> apart_{};
  std::vector<std::byte> top_headers_;
  std::vector<ToList> to_list_;
  std::vector<std::byte> nodes_;  // of the index: what is no file
  std::uint64_t nodes_listed_ = 0;
  std::unordered_map<std::uint64_t, std::size_t> first_link_;  // inode: number of the file
};

}  // namespace

Result<FolderLayout> lay_out_folder(const std::string& path, const FolderLayoutOptions& options) {
  if (::access("/proc/self/fd", X_OK) != 0)
    return system_error(errno, "look at", "/proc/self/fd", "mount /proc");
  TINTYPE_CHECK(libarchive().is_loaded());
  // Made first: it may well lie in the folder itself, and its coming and going is a change there.
  TINTYPE_TRY(File headers, File::temporary());
  TINTYPE_TRY(FolderTree tree, FolderTree::open(path));
  FolderLayout layout{.tree = std::move(tree),
                      .headers = std::move(headers),
                      .image_bytes = 0,
                      .index_at = 0,
                      .problems = {},
                      .left_out = {}};
  TINTYPE_CHECK(Walk(layout, options).run());
  return layout;
}

}  // namespace tintype
