#include "engine/manifest/verdict.h"

#include <fmt/format.h>

#include <array>

#include "engine/manifest/record_fields.h"
#include "engine/manifest/text_checksum.h"

namespace tintype {
namespace {

constexpr std::array<std::string_view, 1> kWholeText{""};

}  // namespace

Result<Verdict> parse_verdict(std::string_view text, std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    return plain_error(fmt::format("{} {}", path, why), "it counts for nothing");
  };
  if (judge_checksum(text) != TextChecksum::right) return refuse("has no right checksum");
  Verdict verdict;
  int format = 0;
  TINTYPE_CHECK(read_json_records(text, path, kWholeText, [&](JsonRecord& record) {
    record.need("format", format);
    read_fields(record, verdict);
  }));
  if (format != Verdict::kFormat) return refuse("has another format");
  return verdict;
}

}  // namespace tintype
