// tintype.json and the truncation journal from JSON.
#include <array>

#include "engine/manifest/json_records.h"
#include "engine/manifest/manifest_fields.h"
#include "engine/manifest/manifest_json.h"
#include "engine/manifest/text_format.h"
#include "engine/manifest/truncation_journal.h"

namespace tintype {
namespace {

constexpr std::array<std::string_view, 1> kWholeText{""};

}  // namespace

Result<RepositoryHead> parse_repository_head(std::string_view text, std::string_view path) {
  RepositoryHead head;
  TINTYPE_TRY(head.format, checked_format(text, path, 1, RepositoryHead::kFormat));
  TINTYPE_CHECK(read_json_records(text, path, kWholeText, [&](JsonRecord& record) {
    record.need("id", head.id);
    record.get("program", head.program);
    head.sets_format_min = head.format;
    record.get("sets_format_min", head.sets_format_min);
  }));
  return head;
}

Result<TruncationJournal> parse_truncation_journal(std::string_view text, std::string_view path) {
  TINTYPE_TRY([[maybe_unused]] const int format,
              checked_format(text, path, 1, TruncationJournal::kFormat));
  TruncationJournal journal;
  TINTYPE_CHECK(read_json_records(text, path, kWholeText, [&](JsonRecord& record) {
    for (const auto& [key, member] : kJournalTexts) record.need(key, journal.*member);
    record.need("truncate_from", journal.from);
    record.need("truncate_below", journal.below);
    record.get("deleted", journal.deleted);
    record.get("already_missing", journal.already_missing);
  }));
  return journal;
}

}  // namespace tintype
