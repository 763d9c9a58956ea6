#include "io/folder/folder_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

#include "io/invariant.h"

namespace tintype {
namespace {

constexpr std::size_t kHeadRecordBytes = kFolderHeadBytes - kTarBlockBytes;
constexpr unsigned kKindShift = 4, kModeShift = 16;
constexpr std::uint32_t kKindMask = 0xF, kModeMask = 07777;

// A ustar header, as far as a "g" header needs one.
struct TarHeader {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
  char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
static_assert(sizeof(TarHeader) == kTarBlockBytes);

template <std::size_t kBytes>
void set_text(char (&field)[kBytes], std::string_view text) {
  invariant(text.size() <= kBytes, "a field of a tar header overflows");
  std::copy(text.begin(), text.end(), field);
}

std::array<std::byte, kTarBlockBytes> comment_header(std::string_view name, std::size_t body) {
  TarHeader header{};
  set_text(header.name, name);
  set_text(header.mode, "0000644");
  set_text(header.uid, "0000000");
  set_text(header.gid, "0000000");
  set_text(header.size, fmt::format("{:011o}", body));
  set_text(header.mtime, "00000000000");
  set_text(header.checksum, "        ");
  header.type = 'g';
  set_text(header.magic, std::string_view("ustar\0", 6));
  set_text(header.version, "00");
  const auto bytes = std::as_bytes(std::span(&header, 1));
  unsigned sum = 0;
  for (const std::byte byte : bytes) sum += static_cast<unsigned>(byte);
  set_text(header.checksum, fmt::format("{:06o}", sum));
  header.checksum[6] = '\0';
  std::array<std::byte, kTarBlockBytes> block;
  std::copy(bytes.begin(), bytes.end(), block.begin());
  return block;
}

// "512 comment=": a record says how long it is.
std::string comment_key(std::size_t record_bytes) {
  return fmt::format("{} comment=", record_bytes);
}

const char* entries_word(unsigned version) {
  return version == 1 ? "files" : "entries";
}

std::string head_record(const FolderHead& head) {
  std::string record = comment_key(kHeadRecordBytes);
  record += fmt::format(
      "TINTYPE folder image {}; index of {:016x} {} at {:016x}, {:016x} bytes, rows apart "
      "{:016x}, XXH3 {}",
      head.version, head.entries, entries_word(head.version), head.index_at, head.index_bytes,
      head.separator_bytes, to_hex(head.index_digest));
  record.resize(kHeadRecordBytes - 1, ' ');
  return record + '\n';
}

// The lower-case hexadecimal number of 16 digits behind `before`.
std::optional<std::uint64_t> number_behind(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  if (at == std::string_view::npos || text.size() - at - before.size() < 16) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text.substr(at + before.size(), 16)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    number = number << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return number;
}

bool leads_down(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool set_flags(std::uint32_t flags, FolderMember& member) {
  const std::uint32_t kind = flags >> kKindShift & kKindMask, mode = flags >> kModeShift;
  member.sparse = (flags & kFolderSparse) != 0;
  member.kind = static_cast<FolderMemberKind>(kind);
  member.mode.reset();
  const bool has_mode = (flags & kFolderHasMode) != 0;
  if (has_mode) member.mode = static_cast<std::uint16_t>(mode);
  const std::uint32_t known = kFolderSparse | kFolderHasMode | kKindMask << kKindShift |
                              (has_mode ? kModeMask << kModeShift : 0);
  return (flags & ~known) == 0 && kind <= static_cast<std::uint32_t>(FolderMemberKind::pipe) &&
         !(member.sparse && member.kind != FolderMemberKind::file);
}

tl::unexpected<Error> damaged(std::string_view why) {
  return plain_error(std::string(why));
}

}  // namespace

std::uint64_t index_piece_at(const FolderHead& head, std::uint64_t piece) noexcept {
  return head.index_at + piece * kIndexPieceBytes +
         piece / kIndexPiecesInARow * head.separator_bytes;
}

bool index_is_inside(const FolderHead& head, std::uint64_t image_bytes) noexcept {
  // No sum below overflows: image_bytes is less than 2^63.
  if (head.index_at < kFolderHeadBytes || head.index_at % kTarBlockBytes != 0 ||
      head.index_at > image_bytes || head.index_bytes > image_bytes ||
      head.separator_bytes % kTarBlockBytes != 0 || head.separator_bytes > image_bytes)
    return false;
  const std::uint64_t room = image_bytes - head.index_at;
  const std::uint64_t pieces = (head.index_bytes + kIndexPieceDataBytes - 1) / kIndexPieceDataBytes;
  if (pieces == 0) return head.separator_bytes == 0;
  if (pieces > room / kIndexPieceBytes) return false;
  const std::uint64_t left = room - pieces * kIndexPieceBytes;
  const std::uint64_t separators = (pieces - 1) / kIndexPiecesInARow;
  if (separators == 0) return head.separator_bytes == 0;
  return head.separator_bytes <= left / separators;
}

std::array<std::byte, kFolderHeadBytes> to_bytes(const FolderHead& head) {
  std::array<std::byte, kFolderHeadBytes> bytes;
  const auto block = comment_header("tintype-folder-image", kHeadRecordBytes);
  std::copy(block.begin(), block.end(), bytes.begin());
  const std::string record = head_record(head);
  std::memcpy(bytes.data() + kTarBlockBytes, record.data(), record.size());
  return bytes;
}

std::optional<FolderHead> parse_folder_head(std::span<const std::byte> bytes) {
  if (bytes.size() < kFolderHeadBytes) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kTarBlockBytes,
                              kHeadRecordBytes);
  const unsigned version = text.find("folder image 1;") == std::string_view::npos ? 2 : 1;
  const auto entries = number_behind(text, "index of ");
  const auto at = number_behind(text, fmt::format(" {} at ", entries_word(version)));
  const auto length = number_behind(text, ", ");
  const auto apart = number_behind(text, ", rows apart ");
  const auto high = number_behind(text, ", XXH3 ");
  if (!entries || !at || !length || !apart || !high) return std::nullopt;
  FolderHead head{.version = version,
                  .index_at = *at,
                  .index_bytes = *length,
                  .entries = *entries,
                  .separator_bytes = *apart,
                  .index_digest = {}};
  head.index_digest.high = *high;
  if (const auto low = number_behind(text, fmt::format(", XXH3 {:016x}", *high)))
    head.index_digest.low = *low;
  // There is one way to write it.
  const auto written = to_bytes(head);
  if (!std::equal(written.begin(), written.end(), bytes.begin())) return std::nullopt;
  return head;
}

std::vector<std::byte> folder_filler(std::size_t length) {
  invariant(length % kTarBlockBytes == 0, "a filler is whole blocks");
  std::vector<std::byte> filler(length);
  if (length == 0) return filler;
  const std::size_t body = length - kTarBlockBytes;
  const auto block = comment_header("tintype-filler", body);
  std::copy(block.begin(), block.end(), filler.begin());
  if (body == 0) return filler;
  std::string record = comment_key(body);
  record.resize(body - 1, ' ');
  record += '\n';
  std::memcpy(filler.data() + kTarBlockBytes, record.data(), record.size());
  return filler;
}

const std::vector<std::byte>& folder_index_piece_head() {
  static const std::vector<std::byte> kHead = [] {
    constexpr std::size_t kRecordBytes = kIndexPieceBytes - kTarBlockBytes;
    const auto block = comment_header("tintype-folder-index", kRecordBytes);
    std::vector<std::byte> head(block.begin(), block.end());
    for (const char c : comment_key(kRecordBytes)) head.push_back(static_cast<std::byte>(c));
    return head;
  }();
  static_assert(std::string_view("65536 comment=").size() + 1 ==
                kIndexPieceBytes - kTarBlockBytes - kIndexPieceDataBytes);
  return kHead;
}

void append_index_entry(const FolderMember& member, std::vector<std::byte>& index) {
  std::uint32_t flags = member.sparse ? kFolderSparse : 0;
  flags |= static_cast<std::uint32_t>(member.kind) << kKindShift;
  if (member.mode) flags |= kFolderHasMode | std::uint32_t{*member.mode} << kModeShift;
  const bool is_file = member.kind == FolderMemberKind::file;
  const FolderIndexRecord record{.data_at = member.data_at,
                                 .size_bytes = is_file ? member.size_bytes : member.text.size(),
                                 .modified_s = static_cast<std::uint64_t>(member.modified.tv_sec),
                                 .modified_ns = static_cast<std::uint32_t>(member.modified.tv_nsec),
                                 .flags = flags,
                                 .runs = static_cast<std::uint32_t>(member.runs.size()),
                                 .path_bytes = static_cast<std::uint32_t>(member.path.size())};
  const auto append = [&](std::span<const std::byte> bytes) {
    index.insert(index.end(), bytes.begin(), bytes.end());
  };
  append(std::as_bytes(std::span(&record, 1)));
  append(std::as_bytes(std::span(member.path)));
  for (const Extent& run : member.runs) {
    const FolderIndexRun on_disk{.file_offset = run.offset, .length = run.length};
    append(std::as_bytes(std::span(&on_disk, 1)));
  }
  append(std::as_bytes(std::span(member.text)));
}

void FolderIndexParser::feed(std::span<const std::byte> bytes) {
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

Result<bool> FolderIndexParser::next(FolderMember& member) {
  const auto left = std::span<const std::byte>(bytes_).subspan(at_);
  FolderIndexRecord record;
  if (left.size() < sizeof record) return false;
  std::memcpy(&record, left.data(), sizeof record);
  const std::uint64_t path_bytes = record.path_bytes, runs = record.runs;
  if (path_bytes > kFolderPathBytesMax) return damaged("a path is too long to be true");
  if (runs > kFolderRunsMax) return damaged("a file has too many runs to be true");
  if (record.modified_ns >= 1'000'000'000) return damaged("a file has an impossible time");
  if (!set_flags(record.flags, member)) return damaged("an entry has unknown flags");
  const bool is_file = member.kind == FolderMemberKind::file;
  if (!member.sparse && runs != 0) return damaged("a file has runs, but no holes");
  if (!is_file && record.size_bytes > kFolderPathBytesMax)
    return damaged("a link is too long to be true");
  const std::size_t text_bytes = is_file ? 0 : static_cast<std::size_t>(record.size_bytes);
  const std::size_t runs_at = sizeof record + path_bytes;
  const std::size_t entry_bytes = runs_at + runs * sizeof(FolderIndexRun) + text_bytes;
  if (left.size() < entry_bytes) return false;

  member.path.assign(reinterpret_cast<const char*>(left.data()) + sizeof record, path_bytes);
  if (!leads_down(member.path)) return damaged("a path leads out of the folder");
  member.modified = {.tv_sec = static_cast<std::time_t>(record.modified_s.value()),
                     .tv_nsec = static_cast<long>(record.modified_ns.value())};
  member.text.assign(reinterpret_cast<const char*>(left.data()) + runs_at, text_bytes);
  member.size_bytes = is_file ? record.size_bytes.value() : 0;
  member.data_at = record.data_at;
  member.runs.clear();
  TINTYPE_CHECK(is_file ? read_file(left.subspan(runs_at), runs, member) : check_node(member));
  at_ += entry_bytes;
  return true;
}

// `bytes` begin with the runs.
Result<void> FolderIndexParser::read_file(std::span<const std::byte> bytes, std::uint64_t runs,
                                          FolderMember& member) {
  met_file_ = true;
  if (member.size_bytes > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return damaged("a file has an impossible size");
  std::uint64_t stored = member.sparse ? 0 : member.size_bytes;
  for (std::uint64_t i = 0; i < runs; ++i) {
    FolderIndexRun run;
    std::memcpy(&run, bytes.data() + i * sizeof run, sizeof run);
    const Extent extent{run.file_offset, run.length};
    const std::uint64_t from = member.runs.empty() ? 0 : member.runs.back().end();
    if (extent.length == 0 || extent.offset < from || extent.offset > member.size_bytes ||
        extent.length > member.size_bytes - extent.offset)
      return damaged("the runs of a file make no sense");
    member.runs.push_back(extent);
    stored += extent.length;
  }
  if (member.data_at % kTarBlockBytes != 0 || member.data_at < last_end_ ||
      member.data_at > data_end_ || stored > data_end_ - member.data_at)
    return damaged("the data of a file lie outside, or in those of another");
  last_end_ = member.data_at + stored;
  return {};
}

Result<void> FolderIndexParser::check_node(const FolderMember& member) const {
  // Whoever looks for a file has met its other names before it.
  if (met_file_) return damaged("a link or folder is listed behind the files");
  if (member.data_at != 0) return damaged("a link or folder has data");
  switch (member.kind) {
    case FolderMemberKind::hard_link:
      if (!leads_down(member.text)) return damaged("a name is that of no file in the folder");
      return {};
    case FolderMemberKind::symbolic_link:
      if (member.text.empty() || member.text.find('\0') != std::string::npos)
        return damaged("a symbolic link leads to no path");
      return {};
    case FolderMemberKind::file:
    case FolderMemberKind::folder:
    case FolderMemberKind::device:
    case FolderMemberKind::pipe:
      if (!member.text.empty()) return damaged("a folder has a text");
      return {};
  }
  return {};
}

}  // namespace tintype
