// tintype.json and the truncation journal from JSON.
#include <array>

#include "engine/manifest/record_fields.h"
#include "engine/manifest/text_format.h"

namespace tintype {
namespace {

constexpr std::array<std::string_view, 1> kWholeText{""};

}  // namespace

Result<RepositoryHead> parse_repository_head(std::string_view text, std::string_view path) {
  RepositoryHead head;
  TINTYPE_TRY(head.format, checked_format(text, path, 1, RepositoryHead::kFormat));
  head.sets_format_min = head.format;
  TINTYPE_CHECK(read_json_records(text, path, kWholeText,
                                  [&](JsonRecord& record) { read_fields(record, head); }));
  return head;
}

Result<TruncationJournal> parse_truncation_journal(std::string_view text, std::string_view path) {
  TINTYPE_TRY([[maybe_unused]] const int format,
              checked_format(text, path, 1, TruncationJournal::kFormat));
  TruncationJournal journal;
  TINTYPE_CHECK(read_json_records(text, path, kWholeText,
                                  [&](JsonRecord& record) { read_fields(record, journal); }));
  return journal;
}

}  // namespace tintype
