#include "verify/ese/stream/ese_stream_words.h"

#include <fmt/format.h>

#include "hashing/counted.h"
#include "verify/ese/ese_stream_names.h"

namespace tintype {
namespace {

std::string subject_text(const StreamGroup& group, bool needing, std::string_view one,
                         std::string_view several) {
  std::vector<std::string_view> names;
  for (const EseDatabaseFacts* database : group.databases)
    if (needs_logs(*database) == needing) names.push_back(file_name_of(database->path));
  if (names.empty()) return {};
  if (names.size() == 1) return fmt::format("{} {}", names[0], one);
  if (names.size() == 2) return fmt::format("{} and {} {}", names[0], names[1], several);
  return fmt::format("{} databases {}", names.size(), several);
}

}  // namespace

std::string generation_text(std::int64_t generation) {
  return fmt::format("0x{:X}", generation);
}

std::string range_text(std::int64_t low, std::int64_t high) {
  if (low == high) return generation_text(low);
  return fmt::format("{} to {}", generation_text(low), generation_text(high));
}

std::string needing_text(const StreamGroup& group) {
  return subject_text(group, true, "needs", "need");
}

std::string clean_text(const StreamGroup& group) {
  return subject_text(group, false, "was shut down clean", "were shut down clean");
}

std::string all_clean_text(const StreamGroup& group) {
  if (!group.repaired) return clean_text(group) + ": no log is needed";
  std::string repairs;
  for (const EseDatabaseFacts* database : group.databases) {
    const std::string name =
        group.databases.size() == 1 ? "it" : std::string(file_name_of(database->path));
    repairs += fmt::format("{}{} was repaired (count {})", repairs.empty() ? "" : ", ", name,
                           database->header.repair_count.value());
  }
  return fmt::format("{} and {} no log; {}: {}", clean_text(group),
                     word_for(group.databases.size(), "needs", "need"), repairs,
                     group.logs.empty() ? "logs of before that are older" : "these logs are older");
}

std::string argument_text(std::string_view path) {
  if (path.empty()) return ".";
  if (path.find(' ') == std::string_view::npos) return std::string(path);
  return fmt::format("\"{}\"", path);
}

std::string log_name(const StreamGroup& group, std::int64_t generation) {
  for (const GroupedLog& log : group.logs)
    if (log.generation == generation) return std::string(file_name_of(log.facts->path));
  std::size_t digits = generation > 0xFFFFF ? 8 : 5;
  std::string_view extension = ".log";
  for (const GroupedLog& log : group.logs) {
    const std::string_view name = file_name_of(log.facts->path);
    extension = name.substr(stem_of(name).size());
    if (!log.current && stem_of(name).size() == 11) digits = 8;
  }
  return fmt::format("{}{:0{}X}{}", group.base, generation, digits, extension);
}

}  // namespace tintype
