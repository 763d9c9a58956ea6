#include "verify/ese_stream_words.h"

#include <fmt/format.h>

#include "verify/ese_stream_names.h"

namespace tintype {

std::string generation_text(std::int64_t generation) {
  return fmt::format("0x{:X}", generation);
}

std::string range_text(std::int64_t low, std::int64_t high) {
  if (low == high) return generation_text(low);
  return fmt::format("{} to {}", generation_text(low), generation_text(high));
}

std::string databases_text(const StreamGroup& group) {
  if (group.databases.size() == 1) return std::string(file_name_of(group.databases.front()->path));
  return fmt::format("{} databases", group.databases.size());
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
