// The index is not kept in memory: it is read again for each question, as there are few.
#include "io/folder/folder_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "io/filesystem/file_collector.h"
#include "io/filesystem/file_runs.h"
#include "io/filesystem/range_owners.h"
#include "io/folder/folder_format.h"

namespace tintype {
namespace {

std::optional<FolderHead> head_of(const Volume& volume) {
  std::array<std::byte, kFolderHeadBytes> bytes;
  if (volume.size_bytes() < bytes.size() || !volume.read(0, bytes)) return std::nullopt;
  return parse_folder_head(bytes);
}

FileEntry entry_of(FolderMember&& member, std::uint64_t id) {
  FileEntry entry{.path = "/" + member.path,
                  .size_bytes = member.size_bytes,
                  .valid_bytes = member.size_bytes,
                  .id = id,
                  .modified = member.modified,
                  .mode = member.mode};
  if (!member.sparse) {
    append_run(entry.runs, {0, member.data_at, member.size_bytes});
    return entry;
  }
  std::uint64_t at = member.data_at;
  for (const Extent& run : member.runs) {
    append_run(entry.runs, {run.offset, at, run.length});
    at += run.length;
  }
  return entry;
}

FileNode node_of(FolderMember&& member) {
  FileNode node{.kind = FileNode::Kind::special,
                .path = "/" + member.path,
                .text = std::move(member.text),
                .mode = member.mode,
                .modified = member.modified};
  if (member.kind == FolderMemberKind::folder) node.kind = FileNode::Kind::folder;
  if (member.kind == FolderMemberKind::symbolic_link) node.kind = FileNode::Kind::symbolic_link;
  if (member.kind == FolderMemberKind::device) node.text = "a device";
  if (member.kind == FolderMemberKind::pipe) node.text = "a pipe";
  return node;
}

// Finds the wanted names of a file: it gets the first, the others are nodes. False: none is.
bool take_name(FileEntry& entry, bool is_wanted,
               std::unordered_map<std::string, std::vector<std::string>>& other_names,
               FileCollector& found) {
  if (other_names.empty()) return is_wanted;
  const auto others = other_names.find(entry.path);
  if (others == other_names.end()) return is_wanted;
  std::vector<std::string> names = std::move(others->second);
  other_names.erase(others);
  if (is_wanted)
    names.insert(names.begin(), entry.path);
  else
    entry.path = names[0];
  for (std::size_t i = 1; i < names.size(); ++i)
    found.add(FileNode{.kind = FileNode::Kind::hard_link,
                       .path = std::move(names[i]),
                       .text = entry.path,
                       .id = entry.id});
  return true;
}

class FolderMap final : public FilesystemMap {
 public:
  FolderMap(const Volume& volume, const FolderHead& head)
      : volume_(volume), head_(head), allocated_(normalized({{0, volume.size_bytes()}})) {}

  // Reads the index from end to end: visits its entries and compares it with its digest.
  template <class Visit>
  Result<void> visit(Visit visit) const {
    FolderIndexParser parser(head_.index_at);
    Xxh3Stream digest;
    std::vector<std::byte> piece(kIndexPieceBytes);
    const auto& piece_head = folder_index_piece_head();
    FolderMember member;
    std::uint64_t entries = 0, number = 0;
    for (std::uint64_t left = head_.index_bytes; left > 0; ++number) {
      TINTYPE_CHECK(volume_.read(index_piece_at(head_, number), piece));
      if (!std::equal(piece_head.begin(), piece_head.end(), piece.begin()))
        return damaged("one of its pieces is missing");
      const std::size_t count = std::min<std::uint64_t>(left, kIndexPieceDataBytes);
      const auto data = std::span<const std::byte>(piece).subspan(piece_head.size(), count);
      digest.update(data);
      parser.feed(data);
      left -= count;
      for (;;) {
        const auto got = parser.next(member);
        if (!got) return damaged(got.error().what);
        if (!*got) break;
        TINTYPE_CHECK(visit(std::move(member), entries++));
      }
    }
    if (!parser.at_entry()) return damaged("its last entry is cut");
    if (entries != head_.entries) return damaged("it lists more or less than it says");
    if (digest.digest() != head_.index_digest) return damaged("its digest is wrong");
    return {};
  }

  // All of it, once: afterwards only a medium that fails can be an error.
  Result<void> check() const {
    if (!index_is_inside(head_, volume_.size_bytes()))
      return damaged("it does not lie in the image");
    return visit([](FolderMember&&, std::uint64_t) { return Result<void>{}; });
  }

  std::string_view type() const noexcept override { return kFolderType; }
  const std::string& label() const noexcept override { return nothing_; }
  std::uint32_t cluster_bytes() const noexcept override { return kTarBlockBytes; }
  const ExtentList& allocated() const noexcept override { return allocated_; }
  const std::string& unreliable() const noexcept override { return nothing_; }

  using FilesystemMap::find;
  Result<std::vector<FileEntry>> find(const Wanted& wanted, FoundBeside* beside) const override {
    FileCollector found(beside);
    std::unordered_map<std::string, std::vector<std::string>> other_names;  // wanted, by the file's
    std::size_t links = 0;
    TINTYPE_CHECK(visit([&](FolderMember&& member, std::uint64_t id) -> Result<void> {
      const bool is_wanted = wanted("/" + member.path);
      if (found.overflowed()) return {};
      if (member.kind == FolderMemberKind::hard_link && is_wanted) {
        if (++links > kFilesFoundMax) return FileCollector::too_many_files();
        other_names["/" + member.text].push_back("/" + member.path);
      } else if (member.kind != FolderMemberKind::file) {
        if (is_wanted) found.add(node_of(std::move(member)));
      } else {
        FileEntry entry = entry_of(std::move(member), id);
        if (take_name(entry, is_wanted, other_names, found)) found.add(std::move(entry));
      }
      return {};
    }));
    if (!other_names.empty() && !found.overflowed())
      return damaged(fmt::format("{} is another name of no file", other_names.begin()->second[0]));
    return std::move(found).finish(FileCollector::Claims::trusted);
  }

  Result<void> read(const FileEntry& file, std::uint64_t offset,
                    std::span<std::byte> bytes) const override {
    return read_file(volume_, file, offset, bytes,
                     [] { return Result<std::vector<std::byte>>{}; });  // there are none
  }

  Result<std::vector<Owner>> owners(const ExtentList& ranges) const override {
    RangeOwners claims(ranges);
    std::vector<std::string> paths;
    TINTYPE_CHECK(visit([&](FolderMember&& member, std::uint64_t id) -> Result<void> {
      if (member.kind != FolderMemberKind::file) return {};
      const FileEntry entry = entry_of(std::move(member), id);
      bool owns = false;
      for (const FileRun& run : entry.runs) owns |= claims.claim(run, paths.size());
      if (owns) paths.push_back(entry.path);
      return {};
    }));
    std::vector<Owner> owners;
    for (const RangeOwners::Owner& owner : claims.owners())
      owners.push_back(
          owner.key == RangeOwners::kNobody ? Owner{} : Owner{paths[owner.key], owner.file_offset});
    return owners;
  }

 private:
  tl::unexpected<Error> damaged(std::string_view why) const {
    return plain_error(
        fmt::format("the index of the folder in {} is damaged: {}", volume_.name(), why));
  }

  const Volume& volume_;
  const FolderHead head_;
  const ExtentList allocated_;
  const std::string nothing_;
};

}  // namespace

bool is_folder_image(const Volume& volume) {
  return head_of(volume).has_value();
}

Result<std::unique_ptr<FilesystemMap>> open_folder_map(const Volume& volume) {
  const auto head = head_of(volume);
  if (!head) return plain_error(volume.name() + " is not the image of a folder");
  auto map = std::make_unique<FolderMap>(volume, *head);
  TINTYPE_CHECK(map->check());
  return map;
}

}  // namespace tintype
