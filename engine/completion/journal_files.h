// The journal of a truncation, in its set: written and synced before the first log is deleted, so
// that a run after a crash knows what it sees.
//
//   truncation-1.json       the range of the set's first stream is being deleted
//   truncation-1.done.json  it is gone
//
// Two objects, each written once: nothing is ever rewritten in place.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/manifest/truncation_journal.h"
#include "engine/store/image_store.h"

namespace tintype {

// Of one stream of one set; `stream` counts from 1.
class JournalFiles {
 public:
  JournalFiles(std::shared_ptr<const ImageStore> store, std::string_view set, std::size_t stream);

  // Nothing if there is none.
  [[nodiscard]] Result<std::optional<TruncationJournal>> begun() const;
  [[nodiscard]] Result<std::optional<TruncationJournal>> completed() const;
  [[nodiscard]] Result<void> write(const TruncationJournal& journal) const;  // by its state
  // Of who goes on from what begun() tells: see ImageStore::try_lock().
  [[nodiscard]] Result<std::unique_ptr<StoreLock>> lock() const { return store_->try_lock(begun_); }

 private:
  std::shared_ptr<const ImageStore> store_;
  std::string begun_, completed_;
};

}  // namespace tintype
