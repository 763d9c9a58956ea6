// set.json from JSON: record by record, innermost first, into the manifest's structures.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "engine/manifest/record_fields.h"
#include "engine/manifest/text_format.h"

namespace tintype {
namespace {

constexpr std::size_t kPreconditionsMax = 1000;

// Of an enum's values up to `last` the one that is called `word`.
template <class T>
std::optional<T> value_called(std::string_view word, T last) {
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i)
    if (const auto value = static_cast<T>(i); to_string(value) == word) return value;
  return std::nullopt;
}

// What is wrong with a word; "" if nothing. One of a newer version may not be known here: of a
// finding and of a stream the text still tells.
std::string_view read_word(std::string_view word, FindingKind& kind) {
  kind = value_called(word, FindingKind::stream_warning).value_or(FindingKind::not_checked);
  return {};
}

std::string_view read_word(std::string_view word, StreamVerdict& verdict) {
  const auto last = StreamVerdict::not_checked;
  verdict = value_called(word, last).value_or(last);
  return {};
}

std::string_view read_word(std::string_view word, ReadBack& read_back) {
  const auto known = parse_read_back(word);
  read_back = known.value_or(ReadBack::none);
  return known ? "" : R"(is neither "direct" nor "page cache" nor "none")";
}

std::string_view read_word(std::string_view word, BackupType& type) {
  const auto known = value_called(word, BackupType::copy);
  type = known.value_or(BackupType::copy);
  return known ? "" : R"(is neither "full" nor "copy")";
}

struct TextBytes {
  template <class T>
  void may(const char*, const T& member, bool = true) {
    if constexpr (std::is_same_v<T, std::string>) bytes += member.size() + 24;
  }
  void must(const char* name, const auto& member) { may(name, member); }
  void follows(auto&&...) {}

  std::size_t bytes = 0;
};

// What one of a list may come to hold of memory: vectors double, and hold the old one while they
// do. What its own lists hold is counted by itself.
template <class T>
std::size_t cost_of(const auto& fields) {
  TextBytes texts;
  visit_fields(fields, texts);
  return 3 * sizeof(T) + texts.bytes;
}

// Structures wait until the one that they lie in comes.
class ManifestReader {
 public:
  void manifest(JsonRecord& record) { read(record, manifest_); }

  // The only one in its structure.
  template <class T>
  void single(JsonRecord& record) {
    read(record, std::get<T>(waiting_));
  }

  // One of a list.
  template <class T, std::size_t kCountMax = kManifestMemoryBytesMax>
  void element(JsonRecord& record) {
    T one;
    read(record, one);
    auto& list = std::get<std::vector<T>>(waiting_);
    if (list.size() >= kCountMax) return record.fail("", "is one too many: the list is too long");
    const std::size_t cost = cost_of<T>(one);
    if (cost > memory_left_)
      return record.fail("", fmt::format("does not fit: the lists take more than {} MiB of memory",
                                         kManifestMemoryBytesMax >> 20));
    memory_left_ -= cost;
    list.push_back(std::move(one));
  }

  void logs(JsonRecord& record) {
    LogRun run;
    read(record, run);
    auto& logs = std::get<std::vector<StreamLog>>(waiting_);
    const std::size_t each = cost_of<StreamLog>(run);
    const std::size_t fit = memory_left_ / each;
    if (run.count > fit)
      return record.fail("", fmt::format("does not fit: {} logs take more than {} MiB of memory",
                                         run.count, kManifestMemoryBytesMax >> 20));
    if (!append_run(run, logs.size() + fit, logs))
      return record.fail("", "is a row of logs that cannot be");
    memory_left_ -= each * run.count;
  }

  [[nodiscard]] SetManifest result() { return std::move(manifest_); }

 private:
  template <class T>
  void read(JsonRecord& record, T& structure) {
    read_fields(record, structure, [&]<class Member>(const char* name, Member& member) {
      if constexpr (!std::is_enum_v<Member>) {
        member = std::exchange(std::get<Member>(waiting_), {});
      } else if (record.has(name)) {
        std::string word;
        record.get(name, word);
        if (const auto fault = read_word(word, member); !fault.empty()) record.fail(name, fault);
      }
    });
    // However it counts: what is listed is there.
    if constexpr (std::is_same_v<T, VolumeManifest>) {
      const auto at_least = [](std::uint64_t& total, std::size_t listed) {
        total = std::max<std::uint64_t>(total, listed);
      };
      at_least(structure.unreadable_total, structure.unreadable.size());
      at_least(structure.folder_problems.total, structure.folder_problems.kept.size());
    }
  }

  SetManifest manifest_;
  std::size_t memory_left_ = kManifestMemoryBytesMax;
  std::tuple<PageCounts, std::vector<Finding>, std::vector<FileReport>,
             std::vector<UnreadableRange>, std::vector<FolderProblem>, std::vector<VolumeManifest>,
             std::vector<std::string>, std::vector<StreamDatabase>, std::vector<StreamLog>,
             std::vector<EseStreamReport>, std::vector<GatePrecondition>, std::vector<GateRecord>>
      waiting_;
};

// Where they stand in the text.
using Reader = ManifestReader;
constexpr std::pair<std::string_view, void (Reader::*)(JsonRecord&)> kPlaces[] = {
    {"", &Reader::manifest},
    {"volumes[]", &Reader::element<VolumeManifest>},
    {"volumes[].unreadable[]", &Reader::element<UnreadableRange>},
    {"volumes[].databases[]", &Reader::element<FileReport>},
    {"volumes[].databases[].pages", &Reader::single<PageCounts>},
    {"volumes[].databases[].findings[]", &Reader::element<Finding, FileReport::kFindingsKeptMax>},
    {"volumes[].folder_problems[]", &Reader::element<FolderProblem, FolderProblems::kKeptMax>},
    {"streams[]", &Reader::element<EseStreamReport>},
    {"streams[].attached_elsewhere[]", &Reader::element<std::string>},
    {"streams[].databases[]", &Reader::element<StreamDatabase>},
    {"streams[].logs[]", &Reader::logs},
    {"streams[].findings[]", &Reader::element<Finding, FileReport::kFindingsKeptMax>},
    {"gates[]", &Reader::element<GateRecord>},
    {"gates[].preconditions[]", &Reader::element<GatePrecondition, kPreconditionsMax>}};

}  // namespace

Result<SetManifest> read_manifest_fields(std::string_view text, std::string_view path) {
  std::array<std::string_view, std::size(kPlaces)> patterns;
  std::ranges::transform(kPlaces, patterns.begin(), [](const auto& place) { return place.first; });
  ManifestReader reader;
  TINTYPE_CHECK(read_json_records(text, path, patterns, [&](JsonRecord& record) {
    for (const auto& [pattern, read] : kPlaces)
      if (pattern == record.pattern()) (reader.*read)(record);
  }));
  return reader.result();
}

Result<SetManifest> parse_manifest(std::string_view text, std::string_view path, int format_min) {
  if (text.size() > kManifestTextBytesMax)
    return plain_error(fmt::format("{} is too large to be held: {} bytes, of at most {}", path,
                                   text.size(), kManifestTextBytesMax),
                       "damaged, or not written by tintype");
  TINTYPE_TRY(const int format, checked_format(text, path, format_min, SetManifest::kFormat));
  TINTYPE_TRY(SetManifest manifest, read_manifest_fields(text, path));
  manifest.format = format;
  if (const std::string fault = contradiction_in(manifest); !fault.empty())
    return plain_error(fmt::format("{}: {}", path, fault), "damaged, or not written by tintype");
  return manifest;
}

}  // namespace tintype
