// Every member of every structure that is kept as JSON is written and read. The members are counted
// by the compiler: who adds one to a structure adds it here, and then to its table.
#include "engine/manifest/manifest_fields.h"

#include <gtest/gtest.h>

#include <concepts>
#include <tuple>

#include "support/expect_ok.h"

namespace tintype {
namespace {

using test::must;

auto members_of(Either<Finding> auto& one) {
  auto& [kind, error, text, page, file_offset, length, bit, volume_offset] = one;
  return std::tie(kind, error, text, page, file_offset, length, bit, volume_offset);
}
auto members_of(Either<PageCounts> auto& one) {
  auto& [seen, sound, uninitialised, correctable, bad_checksum, wrong_place, unreadable] = one;
  return std::tie(seen, sound, uninitialised, correctable, bad_checksum, wrong_place, unreadable);
}
auto members_of(Either<FileReport> auto& one) {
  auto& [path, format, page_bytes, expected, pages, dbtime, dbtime_page, state, findings, total,
         unsound, unchecked] = one;
  return std::tie(path, format, page_bytes, expected, pages, dbtime, dbtime_page, state, findings,
                  total, unsound, unchecked);
}
auto members_of(Either<Extent> auto& one) {
  auto& [offset, length] = one;
  return std::tie(offset, length);
}
auto members_of(Either<UnreadableRange> auto& one) {
  auto& [range, path, file_offset] = one;
  return std::tie(range, path, file_offset);
}
auto members_of(Either<FolderProblem> auto& one) {
  auto& [path, what] = one;
  return std::tie(path, what);
}
auto members_of(Either<FolderProblems> auto& one) {
  auto& [kept, total] = one;
  return std::tie(kept, total);
}
auto members_of(Either<VolumeManifest> auto& one) {
  auto& [name, source, image, filesystem, label, volume_bytes, captured, image_bytes, chunk_bytes,
         all_blocks, stock, compression, digest, read_back, unreadable, total, databases, unchecked,
         folder, problems, watched, in_use] = one;
  return std::tie(name, source, image, filesystem, label, volume_bytes, captured, image_bytes,
                  chunk_bytes, all_blocks, stock, compression, digest, read_back, unreadable, total,
                  databases, unchecked, folder, problems, watched, in_use);
}
auto members_of(Either<StreamLog> auto& one) {
  auto& [path, generation, current, sound] = one;
  return std::tie(path, generation, current, sound);
}
auto members_of(Either<StreamDatabase> auto& one) {
  auto& [path, state, dirty, sound, repairs, minimum, maximum, committed] = one;
  return std::tie(path, state, dirty, sound, repairs, minimum, maximum, committed);
}
auto members_of(Either<EseStreamReport> auto& one) {
  auto& [base, volume, folder, signature, verdict, why, next, databases, logs, lowest, highest,
         last_closed, created, minimum, maximum, committed, checkpoint, flush_map, elsewhere,
         circular, missing, findings] = one;
  return std::tie(base, volume, folder, signature, verdict, why, next, databases, logs, lowest,
                  highest, last_closed, created, minimum, maximum, committed, checkpoint, flush_map,
                  elsewhere, circular, missing, findings);
}
auto members_of(Either<GatePrecondition> auto& one) {
  auto& [name, met, why] = one;
  return std::tie(name, met, why);
}
auto members_of(Either<GateRecord> auto& one) {
  auto& [base, volume, folder, preconditions, from, below, limit, summary, event] = one;
  return std::tie(base, volume, folder, preconditions, from, below, limit, summary, event);
}
// A text's format is that of the program that writes it.
auto members_of(Either<SetManifest> auto& one) {
  auto& [format, sequence, name, program, host, type, started, finished, all_databases, volumes,
         streams, gates, sound] = one;
  return std::tie(sequence, name, program, host, type, started, finished, all_databases, volumes,
                  streams, gates, sound);
}
auto members_of(Either<RepositoryHead> auto& one) {
  auto& [format, sets_format_min, id, program] = one;
  return std::tie(sets_format_min, id, program);
}
auto members_of(Either<TruncationJournal> auto& one) {
  auto& [state, base, volume, folder, signature, directory, from, below, time, deleted, missing] =
      one;
  return std::tie(state, base, volume, folder, signature, directory, from, below, time, deleted,
                  missing);
}
// Permissions are not kept.
auto members_of(Either<FileStamp> auto& one) {
  auto& [inode, size_bytes, modified_ns, changed_ns, mode] = one;
  return std::tie(inode, size_bytes, modified_ns, changed_ns);
}
auto members_of(Either<Verdict> auto& one) {
  auto& [kind, repository, set, volume, digest, image, level, sound, found, pages, time, program,
         host] = one;
  return std::tie(kind, repository, set, volume, digest, image, level, sound, found, pages, time,
                  program, host);
}

// Something else in every member than is there at first, and never the same number or text twice.
class Filler {
 public:
  explicit Filler(std::size_t listed) : listed_(listed) {}  // structures in each list

  void fill(bool& member) { member = true; }
  template <std::integral T>
  void fill(T& member) {
    member = static_cast<T>(++count_);
  }
  void fill(std::string& member) { member = "text " + std::to_string(++count_); }
  void fill(FindingKind& member) { member = FindingKind::stream_warning; }
  void fill(StreamVerdict& member) { member = StreamVerdict::not_recoverable; }
  void fill(ReadBack& member) { member = ReadBack::page_cache; }
  void fill(BackupType& member) { member = BackupType::full; }
  template <class T>
  void fill(std::vector<T>& list) {
    list.resize(listed_);
    for (T& one : list) fill(one);
  }
  template <class T>
  requires std::is_class_v<T>
  void fill(T& structure) {
    std::apply([&](auto&... members) { (fill(members), ...); }, members_of(structure));
  }

 private:
  std::size_t listed_;
  int count_ = 0;
};

template <class T>
T filled(std::size_t listed = 2) {
  T structure;
  Filler(listed).fill(structure);
  return structure;
}

template <class T>
void expect_same(const T& read, const T& written, const std::string& where) {
  if constexpr (requires { members_of(read); }) {
    std::apply(
        [&](const auto&... from) {
          std::apply(
              [&](const auto&... to) {
                int member = 0;
                (expect_same(from, to, where + "." + std::to_string(member++)), ...);
              },
              members_of(written));
        },
        members_of(read));
  } else if constexpr (
      requires { read.front().front(); } || requires { members_of(read.front()); }) {
    ASSERT_EQ(read.size(), written.size()) << where;
    for (std::size_t i = 0; i < read.size(); ++i) expect_same(read[i], written[i], where + "[]");
  } else {
    EXPECT_EQ(read, written) << where << ", counted from 0";
  }
}

// Where the names in a text begin and end, in their order.
std::vector<std::pair<std::size_t, std::size_t>> name_places(std::string_view json) {
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (std::size_t end = json.find("\":"); end != json.npos; end = json.find("\":", end + 1))
    places.emplace_back(json.rfind('"', end - 1) + 1, end);
  return places;
}

std::string names_in(const std::string& json) {
  std::string names;
  for (const auto& [begin, end] : name_places(json))
    names += (names.empty() ? "" : " ") + json.substr(begin, end - begin);
  return names;
}

TEST(ManifestFields, EachOfASetIsWrittenAndRead) {
  const auto set = filled<SetManifest>();
  expect_same(must(read_manifest_fields(to_json_line(set), "set.json")), set, "SetManifest");
}

TEST(ManifestFields, EachOfTheSmallTextsIsWrittenAndRead) {
  const auto head = filled<RepositoryHead>();
  expect_same(must(parse_repository_head(to_json(head), "x")), head, "RepositoryHead");
  const auto journal = filled<TruncationJournal>();
  expect_same(must(parse_truncation_journal(to_json(journal), "x")), journal, "TruncationJournal");
  const auto verdict = filled<Verdict>();
  expect_same(must(parse_verdict(to_json(verdict), "x")), verdict, "Verdict");
}

// A new member is a new name here. None of these may go or become another: texts of released
// versions have them.
TEST(ManifestFields, AreCalledWhatTheyHaveAlwaysBeenCalled) {
  EXPECT_EQ(
      names_in(to_json_line(filled<SetManifest>(1))),
      "format sequence name program host type started_utc finished_utc sound all_databases "
      "volumes name source image filesystem label volume_bytes captured_bytes image_bytes "
      "chunk_bytes all_blocks stock compression content_digest read_back "
      "unreadable offset length path file_offset unreadable_total "
      "databases path sound checked format state page_bytes pages_expected "
      "pages seen sound uninitialised correctable bad_checksum wrong_place unreadable "
      "highest_dbtime highest_dbtime_page findings_total unsound_total unchecked_total "
      "findings kind text page_number file_offset length error bit volume_offset "
      "databases_not_checked folder source_watched source_in_use "
      "folder_problems path text folder_problems_total "
      "streams base volume log_folder log_signature last_closed_created verdict why next_command "
      "circular current_log_missing attached_elsewhere path gen_lowest gen_highest "
      "gen_last_closed gen_min_required gen_max_required gen_max_committed gen_checkpoint "
      "gen_flush_map_min_required "
      "databases path state dirty sound gen_min_required gen_max_required gen_max_committed "
      "repairs logs path generation count current sound "
      "findings kind text page_number file_offset length error bit volume_offset "
      "gates open event truncate_from truncate_below base volume log_folder limit summary "
      "preconditions name met why");
  EXPECT_EQ(names_in(to_json(filled<RepositoryHead>())),
            "format id program sets_format_min checksum");
  EXPECT_EQ(names_in(to_json(filled<TruncationJournal>())),
            "format state base volume log_folder log_signature directory time_utc truncate_from "
            "truncate_below deleted already_missing checksum");
  EXPECT_EQ(names_in(to_json(filled<Verdict>())),
            "format kind repository set volume content_digest level found pages time_utc program "
            "host image_bytes inode modified_ns changed_ns sound checksum");
}

// Of these a default would say more than is known.
TEST(ManifestFields, WithoutSomeATextIsRefused) {
  const std::string json = to_json_line(filled<SetManifest>(1));
  std::string needed;
  for (const auto& [begin, end] : name_places(json)) {
    std::string without = json;
    const auto read = read_manifest_fields(without.replace(begin, end - begin, "gone"), "x");
    if (!read && read.error().line().find(" is missing ") != std::string::npos)
      needed += json.substr(begin, end - begin) + " ";
  }
  EXPECT_EQ(needed,
            "name type name image volume_bytes offset length path kind path text "
            "base verdict circular attached_elsewhere path gen_lowest gen_highest gen_last_closed "
            "gen_min_required gen_max_required gen_max_committed gen_checkpoint "
            "gen_flush_map_min_required "
            "path dirty sound gen_min_required gen_max_required gen_max_committed "
            "path generation current sound kind name met ");
}

// What is written only where it is set.
TEST(ManifestFields, SomeAreLeftOut) {
  SetManifest set{.volumes = {{.databases = {{.findings = {{}}}}}}};
  set.streams = {{.databases = {{}}}};
  const std::string names = " " + names_in(to_json_line(set)) + " ";
  for (const char* name : {"error", "bit", "volume_offset", "unreadable_total", "source_in_use",
                           "folder_problems", "folder_problems_total", "repairs"})
    EXPECT_EQ(names.find(" " + std::string(name) + " "), names.npos) << name;
  EXPECT_EQ(names_in(to_json(RepositoryHead())), "format id program checksum");
}

}  // namespace
}  // namespace tintype
