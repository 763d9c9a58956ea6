#include "io/filesystem/ntfs/ntfs_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/filesystem/file_runs.h"

namespace tintype {
namespace {

constexpr std::size_t kScanBytes = 1u << 20;
constexpr std::uint64_t kAttributeListBytesMax = 256u << 10;   // NTFS's own limit
constexpr std::uint64_t kRecordsMax = std::uint64_t{1} << 32;  // likewise
constexpr int kRoundsMax =
    64;  // far more than Windows needs: it keeps the pieces' records together
constexpr const char* kRepairHint = "chkdsk repairs it; the volume can still be copied as a whole";

tl::unexpected<Error> damaged_table(std::string_view what) {
  return plain_error(fmt::format("the NTFS master file table is damaged: {}", what), kRepairHint);
}

}  // namespace

Result<NtfsTable> NtfsTable::open(const Volume& volume) {
  std::byte boot[512];
  if (volume.size_bytes() < sizeof boot) return plain_error("the volume is too small for NTFS");
  TINTYPE_CHECK(volume.read(0, boot));
  TINTYPE_TRY(const NtfsGeometry geometry, parse_ntfs_boot(boot, volume.size_bytes()));
  NtfsTable table(volume, geometry);
  TINTYPE_CHECK(table.find_itself());
  return table;
}

// The table describes itself in its first record. Where it is in many pieces, the later ones are
// described in extension records, which lie in pieces described before them: so each round reads
// with the pieces known so far, until they are all known.
Result<void> NtfsTable::find_itself() {
  const std::uint64_t at = geometry_.mft_cluster * geometry_.cluster_bytes;
  const std::uint64_t end = geometry_.total_clusters * geometry_.cluster_bytes;
  if (end - at < geometry_.record_bytes) return damaged_table("it begins at the volume's end");
  std::vector<std::byte> record(geometry_.record_bytes);
  TINTYPE_CHECK(volume_->read(at, record));
  if (restore_ntfs_record(record) != NtfsRecordState::sound)
    return damaged_table("its first record is torn or missing");
  if (const auto header = ntfs_record_header(record); !header.in_use || !header.is_base())
    return damaged_table("its first record is not in use");

  runs_ = {{0, at, geometry_.record_bytes}};
  for (int round = 0; round < kRoundsMax; ++round) {
    records_ = (runs_.back().file_offset + runs_.back().length) / geometry_.record_bytes;
    NtfsContent content = this->content(0, record, NtfsAttributeType::data);
    if (content.storage != FileStorage::runs || content.runs.empty() ||
        content.runs.front().file_offset != 0 || content.runs.front().volume_offset != at)
      return damaged_table("its first record does not describe it");
    if (content.size_bytes > volume_->size_bytes())
      return damaged_table(fmt::format("it claims {} bytes", content.size_bytes));
    const std::uint64_t known = runs_.back().file_offset + runs_.back().length;
    const std::uint64_t found = content.runs.back().file_offset + content.runs.back().length;
    if (!content.problem.empty() && found <= known) return damaged_table(content.problem);
    runs_ = std::move(content.runs);
    if (!content.problem.empty()) continue;
    records_ = std::min(content.valid_bytes / geometry_.record_bytes, kRecordsMax);
    bitmap_ = this->content(0, record, NtfsAttributeType::bitmap);
    return {};
  }
  return damaged_table("it is in too many pieces");
}

NtfsRecordState NtfsTable::read(std::uint64_t number, std::span<std::byte> record) const {
  if (number >= records_) return NtfsRecordState::no_record;
  const std::uint64_t size_bytes = records_ * geometry_.record_bytes;
  if (!read_runs(*volume_, runs_, size_bytes, number * geometry_.record_bytes, record))
    return NtfsRecordState::unreadable;
  return restore_ntfs_record(record);
}

void NtfsTable::scan(const Visit& visit) const {
  const std::size_t record_bytes = geometry_.record_bytes;
  const std::size_t per_read = kScanBytes / record_bytes;
  std::vector<std::byte> buffer(kScanBytes);
  for (std::uint64_t first = 0; first < records_; first += per_read) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(per_read, records_ - first));
    const bool whole = read_runs(*volume_, runs_, records_ * record_bytes, first * record_bytes,
                                 std::span(buffer).first(count * record_bytes))
                           .has_value();
    for (std::size_t i = 0; i < count; ++i) {
      const auto record = std::span(buffer).subspan(i * record_bytes, record_bytes);
      visit(first + i, whole ? restore_ntfs_record(record) : read(first + i, record), record);
    }
  }
}

bool NtfsTable::marked_used(std::uint64_t number) const {
  std::byte bits{0xFF};
  if (!bitmap_.problem.empty()) return true;
  if (number / 8 >= bitmap_.size_bytes) return false;
  if (!bitmap_.resident.empty()) {
    bits = bitmap_.resident[number / 8];
  } else if (!read_runs(*volume_, bitmap_.runs, bitmap_.size_bytes, number / 8, {&bits, 1})) {
    return true;
  }
  return (static_cast<unsigned>(bits) >> number % 8 & 1) != 0;
}

std::string NtfsTable::visit_file(std::uint64_t number, std::span<const std::byte> record,
                                  const VisitAttribute& visit) const {
  NtfsAttributes attributes(record);
  bool has_list = false;
  for (NtfsAttribute attribute; attributes.next(attribute);) {
    has_list = has_list || attribute.type == NtfsAttributeType::attribute_list;
    visit(attribute);
  }
  if (attributes.damaged()) return "its file record is damaged";
  return has_list ? visit_extensions(number, record, visit) : "";
}

std::string NtfsTable::visit_extensions(std::uint64_t number, std::span<const std::byte> record,
                                        const VisitAttribute& visit) const {
  NtfsContentBuilder builder(geometry_);
  NtfsAttributes attributes(record);
  for (NtfsAttribute attribute; attributes.next(attribute);)
    if (attribute.type == NtfsAttributeType::attribute_list) builder.add(attribute);
  NtfsContent list = builder.finish();
  if (!list.problem.empty() || list.size_bytes > kAttributeListBytesMax)
    return "its attribute list is damaged";
  if (list.storage == FileStorage::runs) {
    list.resident.resize(static_cast<std::size_t>(list.size_bytes));
    clip_runs(list.runs, list.valid_bytes);
    if (!read_runs(*volume_, list.runs, list.size_bytes, 0, list.resident))
      return "its attribute list cannot be read";
  }

  std::vector<std::uint64_t> holders;
  std::size_t at = 0;
  for (NtfsListEntry entry; next_ntfs_list_entry(list.resident, at, entry);)
    if (entry.holder.record != number) holders.push_back(entry.holder.record);
  if (at != list.resident.size()) return "its attribute list is damaged";
  std::sort(holders.begin(), holders.end());
  holders.erase(std::unique(holders.begin(), holders.end()), holders.end());

  // The first record that is not this file's own ends the walk: that bounds the work of all
  // files together by the number of records, whatever their lists say.
  const NtfsRecordHeader base = ntfs_record_header(record);
  std::vector<std::byte> extension(geometry_.record_bytes);
  for (const std::uint64_t holder : holders) {
    if (read(holder, extension) != NtfsRecordState::sound)
      return fmt::format("its file record {} is torn, missing or unreadable", holder);
    const NtfsRecordHeader header = ntfs_record_header(extension);
    if (!header.in_use || header.is_base() || header.base.record != number ||
        !header.base.names(base.sequence))
      return fmt::format("its file record {} belongs to another file", holder);
    NtfsAttributes more(extension);
    for (NtfsAttribute attribute; more.next(attribute);) visit(attribute);
    if (more.damaged()) return fmt::format("its file record {} is damaged", holder);
  }
  return "";
}

NtfsContent NtfsTable::content(std::uint64_t number, std::span<const std::byte> record,
                               NtfsAttributeType type) const {
  NtfsContentBuilder builder(geometry_);
  std::string problem = visit_file(number, record, [&](const NtfsAttribute& attribute) {
    if (attribute.type == type && attribute.name.empty()) builder.add(attribute);
  });
  if (!problem.empty()) builder.damage(std::move(problem));
  return builder.finish();
}

}  // namespace tintype
