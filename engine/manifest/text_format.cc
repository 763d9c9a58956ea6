#include "engine/manifest/text_format.h"

#include <fmt/format.h>

#include <array>

#include "engine/manifest/json_records.h"
#include "engine/manifest/text_checksum.h"

namespace tintype {
namespace {

constexpr std::string_view kDamaged = "damaged, or not written by tintype";
// Members of the whole text that format 1 never had.
constexpr std::string_view kMembersSince2[] = {"checksum", "sequence"};

tl::unexpected<Error> damaged(std::string_view path, std::string_view why) {
  return plain_error(fmt::format("{} {}", path, why), std::string(kDamaged));
}

}  // namespace

Result<int> checked_format(std::string_view text, std::string_view path, int format_min,
                           int format_max) {
  const TextChecksum checksum = judge_checksum(text);
  if (checksum == TextChecksum::wrong)
    return damaged(path, "does not have the bytes it was written with: its checksum is wrong");
  int format = 0;
  std::string_view later;
  const std::array<std::string_view, 1> whole{""};
  TINTYPE_CHECK(read_json_records(text, path, whole, [&](JsonRecord& record) {
    record.need("format", format);
    for (const std::string_view member : kMembersSince2)
      if (record.has(member)) later = member;
  }));
  if (format > format_max)
    return plain_error(
        fmt::format("{} has format {}, this program reads up to {}", path, format, format_max),
        "use a newer tintype");
  if (format < 1) return damaged(path, fmt::format("has the impossible format {}", format));
  if (format > 1 && checksum == TextChecksum::absent)
    return damaged(path, fmt::format("has lost its checksum, which format {} demands", format));
  if (format == 1 && (checksum == TextChecksum::right || !later.empty()))
    return damaged(path, fmt::format("has format 1 and a later one's \"{}\"",
                                     later.empty() ? "checksum" : later));
  if (format < format_min)
    return damaged(path, fmt::format("has format {}, without a checksum, in a repository of format "
                                     "{}, which demands one",
                                     format, format_min));
  return format;
}

}  // namespace tintype
