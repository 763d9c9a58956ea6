#include "engine/manifest/truncation_journal.h"

#include <fmt/format.h>

#include "io/file/durable_file.h"

namespace tintype {
namespace {

constexpr std::uint64_t kJournalBytesMax = 1 << 20;

Result<std::optional<TruncationJournal>> read_journal(const std::string& path,
                                                      std::string_view state) {
  const auto file = File::open_source(path, Caching::page_cache);
  if (!file && file.error().code == std::errc::no_such_file_or_directory) return std::nullopt;
  if (!file) return tl::unexpected(file.error());
  if (file->geometry().size_bytes > kJournalBytesMax)
    return plain_error(fmt::format("{} is too large to be what its name says", path));
  std::string text(file->geometry().size_bytes, '\0');
  TINTYPE_TRY(const std::size_t got, file->read_at(0, std::as_writable_bytes(std::span(text))));
  text.resize(got);
  TINTYPE_TRY(TruncationJournal journal, parse_truncation_journal(text, path));
  if (journal.state != state)
    return plain_error(fmt::format("{}: its state is \"{}\"", path, journal.state),
                       "damaged, or not written by tintype");
  return journal;
}

}  // namespace

TruncationJournalFiles::TruncationJournalFiles(std::string set_path, std::size_t stream)
    : begun_path_(fmt::format("{}/truncation-{}.json", set_path, stream)),
      completed_path_(fmt::format("{}/truncation-{}.done.json", set_path, stream)) {}

Result<std::optional<TruncationJournal>> TruncationJournalFiles::begun() const {
  return read_journal(begun_path_, "begun");
}

Result<std::optional<TruncationJournal>> TruncationJournalFiles::completed() const {
  return read_journal(completed_path_, "completed");
}

Result<void> TruncationJournalFiles::write(const TruncationJournal& journal) const {
  return write_durably(journal.state == "begun" ? begun_path_ : completed_path_, to_json(journal));
}

}  // namespace tintype
