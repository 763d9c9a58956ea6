#include "io/filesystem/ntfs/ntfs_survey.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"
#include "hashing/endian.h"
#include "hashing/utf16.h"
#include "io/filesystem/claimed_set.h"
#include "io/filesystem/file_runs.h"

namespace tintype {
namespace {

constexpr std::uint64_t kVolumeRecord = 3;
constexpr std::uint64_t kBitmapRecord = 6;
constexpr std::uint16_t kVolumeDirty = 0x0001;

Result<void> read_sound_record(const NtfsTable& table, std::uint64_t number, const char* name,
                               std::vector<std::byte>& record) {
  record.resize(table.geometry().record_bytes);
  if (table.read(number, record) != NtfsRecordState::sound)
    return plain_error(
        fmt::format("the NTFS file {} has a torn, missing or unreadable record", name),
        "chkdsk repairs it; the volume can still be copied as a whole");
  return {};
}

Result<void> add_bitmap(const NtfsTable& table, AllocatedSet& allocated) {
  std::vector<std::byte> record;
  TINTYPE_CHECK(read_sound_record(table, kBitmapRecord, "$Bitmap", record));
  NtfsContent bitmap = table.content(kBitmapRecord, record, NtfsAttributeType::data);
  const std::uint64_t clusters = table.geometry().total_clusters;
  if (bitmap.problem.empty() && bitmap.size_bytes < (clusters + 7) / 8)
    bitmap.problem = "it is too short for the volume";
  if (!bitmap.problem.empty())
    return plain_error(fmt::format("the NTFS $Bitmap is damaged: {}", bitmap.problem),
                       "chkdsk repairs it; the volume can still be copied as a whole");
  clip_runs(bitmap.runs, bitmap.valid_bytes);

  const std::uint64_t cluster_bytes = table.geometry().cluster_bytes;
  std::vector<std::byte> piece(1u << 20);
  std::uint64_t run_first = 0, run_clusters = 0;
  const auto end_run = [&] {
    allocated.add(run_first * cluster_bytes, run_clusters * cluster_bytes);
    run_clusters = 0;
  };
  for (std::uint64_t at = 0; at * 8 < clusters; at += piece.size()) {
    const auto bytes = std::span(piece).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), (clusters + 7) / 8 - at)));
    if (bitmap.storage == FileStorage::resident)
      std::copy_n(bitmap.resident.begin(), bytes.size(), bytes.begin());
    else if (!read_runs(table.volume(), bitmap.runs, bitmap.size_bytes, at, bytes))
      std::fill(bytes.begin(), bytes.end(), std::byte{0xFF});  // a bad sector: copy it all
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const auto bits = static_cast<unsigned>(bytes[i]);
      const std::uint64_t first = (at + i) * 8;
      if (bits == 0xFF && run_clusters > 0 && first + 8 <= clusters) {
        run_clusters += 8;
        continue;
      }
      if (bits == 0 && run_clusters == 0) continue;
      for (unsigned bit = 0; bit < 8 && first + bit < clusters; ++bit) {
        if ((bits >> bit & 1) == 0) {
          if (run_clusters > 0) end_run();
        } else if (run_clusters++ == 0) {
          run_first = first + bit;
        }
      }
    }
  }
  if (run_clusters > 0) end_run();
  return {};
}

// The label, and what the volume says of its own state.
Result<void> read_volume_record(const NtfsTable& table, NtfsSurvey& survey) {
  std::vector<std::byte> record;
  TINTYPE_CHECK(read_sound_record(table, kVolumeRecord, "$Volume", record));
  bool informed = false;
  const std::string problem =
      table.visit_file(kVolumeRecord, record, [&](const NtfsAttribute& attribute) {
        if (attribute.type == NtfsAttributeType::volume_name && attribute.resident)
          survey.label = utf8_from_utf16(attribute.value);
        if (attribute.type != NtfsAttributeType::volume_information || attribute.value.size() < 12)
          return;
        informed = true;
        const auto major = load_le<std::uint8_t>(attribute.value, 8);
        const auto minor = load_le<std::uint8_t>(attribute.value, 9);
        if (!(major == 3 && minor <= 1) && !(major == 1 && minor <= 2))
          survey.unreliable = fmt::format("NTFS version {}.{} is not known", major, minor);
        else if ((load_le<std::uint16_t>(attribute.value, 10) & kVolumeDirty) != 0)
          survey.unreliable = "the volume is marked dirty: its metadata await a repair by chkdsk";
      });
  if (!informed || !problem.empty())
    return plain_error("the NTFS file $Volume does not describe the volume",
                       "chkdsk repairs it; the volume can still be copied as a whole");
  return {};
}

// What one pass over the table gathers.
class Gatherer {
 public:
  Gatherer(const NtfsTable& table, ClaimedSet& allocated, NtfsFolders& folders)
      : table_(table), allocated_(allocated), folders_(folders) {}

  void visit(std::uint64_t number, NtfsRecordState state, std::span<const std::byte> record) {
    const bool readable = state == NtfsRecordState::sound || state == NtfsRecordState::torn;
    if (!readable) {
      if (table_.marked_used(number)) count_damage(number);
      return;
    }
    const NtfsRecordHeader header = ntfs_record_header(record);
    if (!header.in_use) return;
    if (header.is_base() && header.directory) folders_.add({number, header.sequence});
    const bool keeps_names = header.directory || !header.is_base();

    bool named = false, unmarked = false;
    NtfsAttributes attributes(record);
    for (NtfsAttribute attribute; attributes.next(attribute);) {
      if (!attribute.resident) unmarked |= add_runs(attribute);
      NtfsFileName name;
      if (attribute.type != NtfsAttributeType::file_name ||
          !parse_ntfs_file_name(attribute.value, name))
        continue;
      named = true;
      if (keeps_names) folders_.add_name(header.is_base() ? number : header.base.record, name);
    }
    if (unmarked && records_unmarked_++ == 0) first_unmarked_ = number;
    // A file that can be named carries the damage itself: find() tells. Of an extension record
    // the base record's attribute list tells.
    const bool sound = state == NtfsRecordState::sound && !attributes.damaged();
    const bool a_files_own =
        header.is_base() && named && !header.directory && number >= kNtfsFirstUserRecord;
    if (!sound && !a_files_own) count_damage(number);
  }

  [[nodiscard]] std::string damage() const {
    if (damaged_ == 0) return "";
    return fmt::format("{} of the master file table {} damaged (the first is {})",
                       counted(damaged_, "record"), word_for(damaged_, "is", "are"),
                       first_damaged_);
  }

  [[nodiscard]] std::string disagreement(std::uint64_t clusters) const {
    if (clusters == 0) return "";
    return fmt::format(
        "$Bitmap calls {} free that {} {} (the first is {}): {} copied all the same; chkdsk "
        "repairs "
        "it",
        counted(clusters, "cluster"), counted(records_unmarked_, "file record"),
        word_for(records_unmarked_, "owns", "own"), first_unmarked_,
        word_for(clusters, "it is", "they are"));
  }

 private:
  // True if $Bitmap calls some of it free.
  bool add_runs(const NtfsAttribute& attribute) {
    const std::uint64_t cluster_bytes = table_.geometry().cluster_bytes;
    runs_.clear();
    // A damaged list gives the runs before the damage; whoever needs the file learns of it.
    (void)decode_ntfs_runs(attribute, table_.geometry().total_clusters, runs_);
    bool unmarked = false;
    for (const NtfsRun& run : runs_)
      if (!run.hole)
        unmarked |= allocated_.claim(run.lcn * cluster_bytes, run.clusters * cluster_bytes);
    return unmarked;
  }
  void count_damage(std::uint64_t number) {
    if (damaged_++ == 0) first_damaged_ = number;
  }

  const NtfsTable& table_;
  ClaimedSet& allocated_;
  NtfsFolders& folders_;
  std::vector<NtfsRun> runs_;
  std::uint64_t damaged_ = 0;
  std::uint64_t first_damaged_ = 0;
  std::uint64_t records_unmarked_ = 0;
  std::uint64_t first_unmarked_ = 0;
};

}  // namespace

Result<NtfsSurvey> survey_ntfs(const NtfsTable& table) {
  NtfsSurvey survey;
  TINTYPE_CHECK(read_volume_record(table, survey));

  const std::uint64_t cluster_bytes = table.geometry().cluster_bytes;
  const std::uint64_t clusters_end = table.geometry().total_clusters * cluster_bytes;
  AllocatedSet allocated(table.volume().size_bytes());
  allocated.add(0, cluster_bytes);  // boot sector and loader
  allocated.add(clusters_end, table.volume().size_bytes() - clusters_end);  // boot copy
  TINTYPE_CHECK(add_bitmap(table, allocated));

  ClaimedSet claimed(allocated.finish(), table.volume().size_bytes());
  Gatherer gatherer(table, claimed, survey.folders);
  table.scan([&](std::uint64_t number, NtfsRecordState state, std::span<const std::byte> record) {
    gatherer.visit(number, state, record);
  });
  if (survey.unreliable.empty()) survey.unreliable = gatherer.damage();
  survey.folders.finish();
  ClaimedSet::Both both = claimed.finish();
  survey.allocated = std::move(both.allocated);
  survey.disagreement = gatherer.disagreement(both.unmarked_bytes / cluster_bytes);
  return survey;
}

}  // namespace tintype
