// NTFS, read from its own structures alone: one pass over the master file table when the map is
// opened, another for each find() or owners(). Folder indexes are never read: every file's record
// knows its name and its folder, so a damaged index hides nothing.
#include "io/filesystem/ntfs/ntfs_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/endian.h"
#include "hashing/utf16.h"
#include "io/filesystem/file_collector.h"
#include "io/filesystem/file_runs.h"
#include "io/filesystem/ntfs/ntfs_survey.h"
#include "io/filesystem/range_owners.h"

namespace tintype {
namespace {

// Reparse points whose file's bytes are elsewhere or stored in another form.
bool stored_elsewhere(std::uint32_t reparse_tag) noexcept {
  return reparse_tag == 0x80000017 ||  // WOF: compressed in a named stream
         reparse_tag == 0x80000013 ||  // deduplicated: in the chunk store
         reparse_tag == 0xC0000004 || reparse_tag == 0x80000006;  // HSM: on another medium
}

class NtfsMap final : public FilesystemMap {
 public:
  NtfsMap(NtfsTable table, NtfsSurvey survey)
      : table_(std::move(table)), survey_(std::move(survey)) {
    if (!survey_.disagreement.empty())
      remarks_.push_back({Remark::Kind::damage, survey_.disagreement});
  }

  std::string_view type() const noexcept override { return "ntfs"; }
  const std::string& label() const noexcept override { return survey_.label; }
  std::uint32_t cluster_bytes() const noexcept override { return table_.geometry().cluster_bytes; }
  const ExtentList& allocated() const noexcept override { return survey_.allocated; }
  const std::string& unreliable() const noexcept override { return survey_.unreliable; }
  std::span<const Remark> remarks() const noexcept override { return remarks_; }

  using FilesystemMap::find;
  Result<std::vector<FileEntry>> find(const Wanted& wanted, FoundBeside* beside) const override;
  Result<void> read(const FileEntry& file, std::uint64_t offset,
                    std::span<std::byte> bytes) const override;
  Result<std::vector<Owner>> owners(const ExtentList& ranges) const override;

 private:
  struct Record {
    std::uint64_t number;
    NtfsRecordState state;
    std::span<const std::byte> bytes;
  };
  // The paths of the file's names that `accept`s. An 8.3 name is one only if there is no other.
  template <class Accept>
  [[nodiscard]] std::vector<std::string> paths_of(const Record& record, NtfsPaths& paths,
                                                  Accept accept) const;
  [[nodiscard]] FileNode folder_of(const Record& record, std::string path) const;
  [[nodiscard]] FileEntry entry_of(const Record& record, std::string path) const;

  NtfsTable table_;
  NtfsSurvey survey_;
  std::vector<Remark> remarks_;
};

template <class Accept>
std::vector<std::string> NtfsMap::paths_of(const Record& record, NtfsPaths& paths,
                                           Accept accept) const {
  std::vector<std::string> found;
  bool has_long_name = false, found_dos = false;
  // What is wrong with the attributes is told where the content is read.
  (void)table_.visit_file(record.number, record.bytes, [&](const NtfsAttribute& attribute) {
    NtfsFileName name;
    if (attribute.type != NtfsAttributeType::file_name ||
        !parse_ntfs_file_name(attribute.value, name))
      return;
    has_long_name = has_long_name || !name.dos;
    if (!found.empty() && name.dos) return;
    std::string path = paths.path(record.number, name);
    if (path.empty() || !accept(path)) return;
    if (found_dos) found.clear();
    found.push_back(std::move(path));
    found_dos = name.dos;
  });
  // An 8.3 name is another spelling of a long one and no path of its own.
  if (found_dos && has_long_name) found.clear();
  return found;
}

FileNode NtfsMap::folder_of(const Record& record, std::string path) const {
  FileNode node{.kind = FileNode::Kind::folder, .path = std::move(path)};
  (void)table_.visit_file(record.number, record.bytes, [&](const NtfsAttribute& attribute) {
    if (attribute.type == NtfsAttributeType::standard_information)
      node.modified = ntfs_modified_time(attribute.value);
    if (attribute.type != NtfsAttributeType::reparse_point) return;
    node.kind = FileNode::Kind::special;
    node.text = "a junction, or a link to a folder";
  });
  return node;
}

FileEntry NtfsMap::entry_of(const Record& record, std::string path) const {
  FileEntry entry;
  entry.path = std::move(path);
  entry.id = record.number;
  NtfsContentBuilder builder(table_.geometry());
  bool elsewhere = false, has_list = false;
  std::string problem =
      table_.visit_file(record.number, record.bytes, [&](const NtfsAttribute& attribute) {
        if (attribute.type == NtfsAttributeType::data && attribute.name.empty())
          builder.add(attribute);
        has_list = has_list || attribute.type == NtfsAttributeType::attribute_list;
        if (attribute.type == NtfsAttributeType::standard_information)
          entry.modified = ntfs_modified_time(attribute.value);
        if (attribute.type == NtfsAttributeType::reparse_point) entry.stands_for_another = true;
        if (attribute.type == NtfsAttributeType::reparse_point && attribute.value.size() >= 4)
          elsewhere = stored_elsewhere(load_le<std::uint32_t>(attribute.value, 0));
      });
  if (record.state == NtfsRecordState::torn) problem = "its file record is torn";
  if (!problem.empty()) builder.damage(std::move(problem));

  NtfsContent content = builder.finish();
  entry.size_bytes = content.size_bytes;
  entry.valid_bytes = std::min(content.valid_bytes, content.size_bytes);
  entry.storage = elsewhere ? FileStorage::compressed : content.storage;
  entry.problem = std::move(content.problem);
  if (!content.found && entry.storage == FileStorage::runs) {
    // A file that was never given a content is empty; one whose attributes are spread over
    // several records must have it somewhere.
    entry.storage = FileStorage::resident;
    if (has_list && entry.problem.empty()) entry.problem = "its records have no content";
  }
  if (entry.problem.empty() && entry.storage == FileStorage::runs) {
    entry.runs = std::move(content.runs);
    clip_runs(entry.runs, entry.valid_bytes);
  }
  return entry;
}

Result<std::vector<FileEntry>> NtfsMap::find(const Wanted& wanted, FoundBeside* beside) const {
  FileCollector found(beside);
  NtfsPaths paths(survey_.folders);
  table_.scan([&](std::uint64_t number, NtfsRecordState state, std::span<const std::byte> bytes) {
    if (found.overflowed()) return;
    if (state != NtfsRecordState::sound && state != NtfsRecordState::torn) return;
    const NtfsRecordHeader header = ntfs_record_header(bytes);
    if (!header.in_use || !header.is_base() || (header.directory && beside == nullptr)) return;
    const Record record{number, state, bytes};
    auto names = paths_of(record, paths, wanted);
    if (names.empty()) return;
    if (header.directory) {
      found.add(folder_of(record, std::move(names[0])));
      return;
    }
    for (std::size_t i = 1; i < names.size(); ++i)
      found.add(FileNode{.kind = FileNode::Kind::hard_link,
                         .path = std::move(names[i]),
                         .text = names[0],
                         .id = number});
    found.add(entry_of(record, std::move(names[0])));
  });
  return std::move(found).finish(FileCollector::Claims::compared);
}

Result<void> NtfsMap::read(const FileEntry& file, std::uint64_t offset,
                           std::span<std::byte> bytes) const {
  return read_file(table_.volume(), file, offset, bytes, [&]() -> Result<std::vector<std::byte>> {
    std::vector<std::byte> record(table_.geometry().record_bytes);
    if (table_.read(file.id, record) != NtfsRecordState::sound)
      return plain_error(fmt::format("cannot read {}: its file record is torn", file.path));
    NtfsContent content = table_.content(file.id, record, NtfsAttributeType::data);
    return std::move(content.resident);
  });
}

Result<std::vector<FilesystemMap::Owner>> NtfsMap::owners(const ExtentList& ranges) const {
  struct Stream {
    std::uint64_t record;
    std::string name;
  };
  std::vector<Stream> streams;  // those that won a range
  RangeOwners owners(ranges);
  std::vector<NtfsRun> runs;
  const std::uint64_t cluster_bytes = table_.geometry().cluster_bytes;
  table_.scan([&](std::uint64_t number, NtfsRecordState state, std::span<const std::byte> bytes) {
    if (state != NtfsRecordState::sound) return;
    const NtfsRecordHeader header = ntfs_record_header(bytes);
    if (!header.in_use) return;
    NtfsAttributes attributes(bytes);
    for (NtfsAttribute attribute; attributes.next(attribute);) {
      if (attribute.resident || attribute.type != NtfsAttributeType::data) continue;
      runs.clear();
      (void)decode_ntfs_runs(attribute, table_.geometry().total_clusters, runs);
      bool won = false;
      for (const NtfsRun& run : runs)
        if (!run.hole)
          won |= owners.claim(
              {run.vcn * cluster_bytes, run.lcn * cluster_bytes, run.clusters * cluster_bytes},
              streams.size());
      if (won)
        streams.push_back(
            {header.is_base() ? number : header.base.record, utf8_from_utf16(attribute.name)});
    }
  });

  NtfsPaths paths(survey_.folders);
  std::vector<std::byte> record(table_.geometry().record_bytes);
  std::vector<Owner> answers;
  for (const RangeOwners::Owner& owner : owners.owners()) {
    Owner& answer = answers.emplace_back();
    if (owner.key == RangeOwners::kNobody) continue;
    const Stream& stream = streams[owner.key];
    if (table_.read(stream.record, record) != NtfsRecordState::sound) continue;
    auto names = paths_of({stream.record, NtfsRecordState::sound, record}, paths,
                          [](const std::string&) { return true; });
    if (names.empty()) continue;
    answer.path = std::move(names[0]);
    if (!stream.name.empty()) answer.path += ":" + stream.name;
    answer.file_offset = owner.file_offset;
  }
  return answers;
}

}  // namespace

Result<std::unique_ptr<FilesystemMap>> open_ntfs_map(const Volume& volume) {
  TINTYPE_TRY(NtfsTable table, NtfsTable::open(volume));
  TINTYPE_TRY(NtfsSurvey survey, survey_ntfs(table));
  return std::make_unique<NtfsMap>(std::move(table), std::move(survey));
}

}  // namespace tintype
