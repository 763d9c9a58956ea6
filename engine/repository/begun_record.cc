#include "engine/repository/begun_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/manifest/text_checksum.h"
#include "engine/store/set_folder.h"

namespace tintype {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kBytesMax = 16 << 20;

tl::unexpected<Error> damaged(std::string_view path) {
  return plain_error(fmt::format("{} is damaged", path));
}

}  // namespace

bool same_process(const BegunRecord& a, const BegunRecord& b) noexcept {
  return a.process == b.process && a.boot == b.boot && a.machine == b.machine && a.host == b.host;
}

std::string to_json(const BegunRecord& record) {
  const Json json{{"format", BegunRecord::kFormat},    {"host", record.host},
                  {"machine", record.machine},         {"boot", record.boot},
                  {"process", record.process},         {"sources", record.sources},
                  {"started_utc", record.started_utc}, {"removed", record.removed}};
  return with_checksum(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

Result<BegunRecord> parse_begun_record(std::string_view text, std::string_view path) {
  if (judge_checksum(text) != TextChecksum::right) return damaged(path);
  const Json json = Json::parse(text, nullptr, false);
  BegunRecord record;
  try {
    if (json.at("format").get<int>() != BegunRecord::kFormat)
      return plain_error(fmt::format("{} is of another format", path));
    json.at("host").get_to(record.host);
    json.at("machine").get_to(record.machine);
    json.at("boot").get_to(record.boot);
    json.at("process").get_to(record.process);
    json.at("sources").get_to(record.sources);
    json.at("started_utc").get_to(record.started_utc);
    json.at("removed").get_to(record.removed);
  } catch (const Json::exception&) {
    return damaged(path);
  }
  return record;
}

Result<void> write_begun_record(const ImageStore& store, std::string_view key,
                                const BegunRecord& record, Permissions permissions) {
  return store.write_text(set_object(key, kBegunName), to_json(record), permissions);
}

Result<BegunRecord> read_begun_record(const ImageStore& store, std::string_view key) {
  const std::string object = set_object(key, kBegunName);
  TINTYPE_TRY(const std::string text, store.read_text(object, kBytesMax));
  return parse_begun_record(text, store.path_of(object));
}

}  // namespace tintype
