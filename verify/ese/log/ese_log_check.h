// In-line check of one log file. Until its first byte comes it is little more than a name, for
// there may be tens of thousands; of a log in flight 24 bytes a segment are kept; when its last
// byte was seen, all that is left is what the judge of the stream asks for. The verdict on each
// segment is that of check_ese_log_segments() and check_ese_log_v7() on the file at once.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "verify/ese/log/ese_attachments.h"
#include "verify/ese/log/ese_log_header.h"
#include "verify/ese/log/ese_log_identity.h"
#include "verify/ese/log/ese_log_segments.h"
#include "verify/ese/log/ese_unit_check.h"

namespace tintype {

struct EseLogFacts {
  std::string volume;  // filled in by the engine
  std::string path;    // on it
  std::uint64_t file_bytes = 0;
  bool complete = false;     // every byte was seen once
  bool not_checked = false;  // it is a log, but there was no room to check it
  EseLogHeaderReading::Status header_status = EseLogHeaderReading::Status::corrupt;
  bool looks_like_log = false;          // damaged as it is, the header still says what it was
  EseLogIdentity header;                // all zero if there is none
  std::vector<EseAttachment> attached;  // when the log was created
  // As far as the walk went; see EseLogSegments. Of an older log `good` counts its checksums.
  std::uint32_t segments_good = 0;
  std::uint32_t segments_corrected = 0;
  std::uint32_t segments_empty = 0;
  std::uint32_t segments_stale = 0;
  std::uint32_t segments_shadow = 0;
  std::uint32_t torn = 0;             // see EseLogSegments
  std::uint32_t backup_failures = 0;  // see EseLogSegments
  // Of a log of version 8 that was walked to its end without a problem.
  std::optional<std::uint64_t> accumulated_checksum;
  EseProblems problems;

  [[nodiscard]] bool has_header() const noexcept {
    return header_status == EseLogHeaderReading::Status::sound;
  }
  [[nodiscard]] bool sound() const noexcept {
    return complete && !not_checked && has_header() && only_warnings(problems);
  }
};

class EseLogCheck final : public EseUnitCheck {
 public:
  // What is learned of the log is appended to `found`, which outlives the check's use; the check
  // may go before it.
  EseLogCheck(std::string path, std::uint64_t file_bytes, std::shared_ptr<EseByteBudget> budget,
              std::list<EseLogFacts>& found);
  ~EseLogCheck() override;

  [[nodiscard]] bool is_done() const noexcept override { return complete() && !cut_short(); }
  [[nodiscard]] FileReport finish() override;
  void close() override;  // there may be tens of thousands
  // After finish() or close().
  [[nodiscard]] const EseLogFacts& facts() const noexcept { return *facts_; }

 private:
  [[nodiscard]] std::optional<EseLogSlot> reduced(std::uint64_t index,
                                                  const EsePageSums& sums) const override;
  [[nodiscard]] bool wants_bytes(std::uint64_t index) const override;
  void on_slot(std::uint64_t index, const EseLogSlot& slot) override;
  void on_unit(Unit&& unit) override;
  void on_all() override;
  struct InFlight;
  void begin();
  void begin_facts();
  void read_header(std::optional<std::uint32_t> xor32);
  void check_v8();
  void check_v7();
  void not_checked(std::string why);

  std::string path_;  // until there are facts
  std::list<EseLogFacts>& found_;
  EseLogFacts* facts_ = nullptr;             // in it, from the first unit on
  std::unique_ptr<InFlight> in_flight_;      // from the first unit to the last
  std::atomic<bool> segments_only_ = false;  // the header told that it is no older log
};

}  // namespace tintype
