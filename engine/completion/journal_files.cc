#include "engine/completion/journal_files.h"

#include <fmt/format.h>

namespace tintype {
namespace {

constexpr std::uint64_t kJournalBytesMax = 1 << 20;

Result<std::optional<TruncationJournal>> read_journal(const ImageStore& store,
                                                      const std::string& object,
                                                      std::string_view state) {
  const auto text = store.read_text(object, kJournalBytesMax);
  if (!text && text.error().code == std::errc::no_such_file_or_directory) return std::nullopt;
  if (!text) return tl::unexpected(text.error());
  const std::string path = store.path_of(object);
  TINTYPE_TRY(TruncationJournal journal, parse_truncation_journal(*text, path));
  if (journal.state != state)
    return plain_error(fmt::format("{}: its state is \"{}\"", path, journal.state),
                       "damaged, or not written by tintype");
  return journal;
}

}  // namespace

JournalFiles::JournalFiles(std::shared_ptr<const ImageStore> store, std::string_view set,
                           std::size_t stream)
    : store_(std::move(store)),
      begun_(set_object(set, fmt::format("truncation-{}.json", stream))),
      completed_(set_object(set, fmt::format("truncation-{}.done.json", stream))) {}

Result<std::optional<TruncationJournal>> JournalFiles::begun() const {
  return read_journal(*store_, begun_, "begun");
}

Result<std::optional<TruncationJournal>> JournalFiles::completed() const {
  return read_journal(*store_, completed_, "completed");
}

Result<void> JournalFiles::write(const TruncationJournal& journal) const {
  return store_->write_text(journal.state == "begun" ? begun_ : completed_, to_json(journal),
                            Permissions::owner_only);
}

}  // namespace tintype
