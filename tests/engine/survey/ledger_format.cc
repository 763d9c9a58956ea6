#include "tests/engine/survey/ledger_format.h"

#include <cstring>
#include <map>
#include <optional>
#include <string>

#include "hashing/endian.h"
#include "verify/paged_check.h"

namespace tintype::test {
namespace {

constexpr std::size_t kTimeAt = 8;

std::uint64_t checksum_of(std::span<const std::byte> page, std::uint64_t number) {
  std::uint64_t sum = 0;
  for (std::size_t at = kTimeAt; at < kLedgerPageBytes; at += 8)
    sum = sum * 31 + load_le<std::uint64_t>(page, at);
  return sum ^ number;
}

// The page itself, put together again.
struct LedgerPage {
  std::vector<std::byte> bytes;
  std::uint32_t bytes_seen = 0;

  void add(std::uint32_t page_bytes, std::uint32_t byte_offset, std::span<const std::byte> part) {
    bytes.resize(page_bytes);
    std::memcpy(bytes.data() + byte_offset, part.data(), part.size());
    bytes_seen += static_cast<std::uint32_t>(part.size());
  }
  void merge(LedgerPage&& other) {
    bytes.resize(std::max(bytes.size(), other.bytes.size()));
    for (std::size_t i = 0; i < other.bytes.size(); ++i) bytes[i] |= other.bytes[i];
    bytes_seen += other.bytes_seen;
  }
};

class LedgerCheck final : public PagedCheck<LedgerPage> {
 public:
  LedgerCheck(std::string path, std::uint64_t file_bytes, std::uint64_t first_number, bool heals)
      : PagedCheck(std::move(path), kLedgerPageBytes, file_bytes / kLedgerPageBytes, 64),
        first_number_(first_number),
        heals_(heals) {}

 protected:
  [[nodiscard]] PageResult judge(std::uint64_t page, const LedgerPage& content) const override {
    const auto stored = load_le<std::uint64_t>(content.bytes, 0);
    const std::uint64_t computed = checksum_of(content.bytes, first_number_ + page);
    if (stored == computed)
      return {.verdict = PageVerdict::sound,
              .time = load_le<std::uint64_t>(content.bytes, kTimeAt)};
    if (heals_) return {.verdict = PageVerdict::uninitialised};
    return {.verdict = PageVerdict::bad_checksum, .stored = stored, .computed = computed};
  }
  void describe(FileReport& report) const override { report.format = "Ledger database"; }
  [[nodiscard]] std::int64_t number_of(std::uint64_t page) const override {
    return static_cast<std::int64_t>(first_number_ + page);
  }

 private:
  std::uint64_t first_number_;
  bool heals_;
};

// Reads a journal as it streams by: its first unit tells its end.
class JournalCheck final : public StreamCheck {
 public:
  explicit JournalCheck(std::optional<std::uint64_t>& end) : end_(end) {}

  [[nodiscard]] std::unique_ptr<ScanResult> scan(std::uint64_t file_offset,
                                                 std::span<const std::byte> bytes) const override {
    auto found = std::make_unique<Scan>();
    if (file_offset == 0) found->end = load_le<std::uint64_t>(bytes, 0);
    return found;
  }
  void merge(ScanResult& result) override {
    if (const auto& end = static_cast<Scan&>(result).end) end_ = end;
  }
  void merge_zeros(std::uint64_t, std::uint64_t) override {}
  void merge_unreadable(std::uint64_t, std::uint64_t) override {}
  [[nodiscard]] FileReport finish() override { return {}; }

 private:
  struct Scan final : ScanResult {
    std::optional<std::uint64_t> end;
  };
  std::optional<std::uint64_t>& end_;
};

class LedgerGroup final : public DatabaseGroup {
 public:
  void learn(std::string_view, std::span<const std::byte> front) override {
    const std::string_view text(reinterpret_cast<const char*>(front.data()), front.size());
    has_checksums_ = text.starts_with("checksums");
  }

  [[nodiscard]] OpenedDatabase open(std::string path, std::uint64_t file_bytes,
                                    std::span<const std::byte>) override {
    OpenedDatabase opened;
    opened.format = "Ledger database";
    if (path.ends_with(".journal")) {
      opened.check = std::make_unique<JournalCheck>(end_);
      opened.listed = false;
      return opened;
    }
    if (!has_checksums_) {
      opened.kind = OpenedDatabase::Kind::without_checksums;
      opened.passed_by = "is not checked: its control file switches checksums off";
      opened.why = "its control file switches them off";
      return opened;
    }
    const std::size_t dot = path.rfind('.');
    const bool goes_on = path.substr(dot) != ".ledger";
    const std::uint64_t file_number = goes_on ? std::stoull(path.substr(dot + 1)) : 0;
    opened.check =
        std::make_unique<LedgerCheck>(path, file_bytes, 1 + file_number * kLedgerFilePages,
                                      path.find(".free.") != std::string::npos);
    return opened;
  }

  void settle(std::span<FileReport* const> reports) override {
    for (FileReport* report : reports)
      if (end_ && report->highest_dbtime > *end_)
        report->add(
            {.kind = FindingKind::state,
             .text = fmt::format("page {} is of time {}, and the journal ends at {}",
                                 report->highest_dbtime_page, report->highest_dbtime, *end_)});
  }

 private:
  bool has_checksums_ = false;
  std::optional<std::uint64_t> end_;
};

class LedgerFormat final : public DatabaseFormat {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "Ledger"; }
  [[nodiscard]] std::span<const char* const> usual_names() const noexcept override {
    static constexpr const char* kNames[] = {"*.ledger", "*.ledger.[0-9]", "*.journal"};
    return kNames;
  }
  [[nodiscard]] std::span<const char* const> companion_names() const noexcept override {
    static constexpr const char* kNames[] = {"control.ctl"};
    return kNames;
  }
  [[nodiscard]] bool recognises(std::string_view path,
                                std::span<const std::byte> front) const override {
    return !front.empty() &&
           (path.find(".ledger") != std::string_view::npos || path.ends_with(".journal"));
  }
  [[nodiscard]] std::unique_ptr<DatabaseGroup> begin_group() const override {
    return std::make_unique<LedgerGroup>();
  }
};

}  // namespace

const DatabaseFormat& ledger_format() noexcept {
  static const LedgerFormat format;
  return format;
}

std::vector<std::byte> make_ledger(std::uint64_t first_number, std::uint64_t time) {
  std::vector<std::byte> file(kLedgerFilePages * kLedgerPageBytes);
  for (std::uint64_t i = 0; i < kLedgerFilePages; ++i) {
    const auto page = std::span(file).subspan(i * kLedgerPageBytes, kLedgerPageBytes);
    for (std::size_t at = kTimeAt + 8; at < kLedgerPageBytes; ++at)
      page[at] = static_cast<std::byte>(at * 7 + i);
    store_le(page, kTimeAt, time);
    store_le(page, 0, checksum_of(page, first_number + i));
  }
  return file;
}

}  // namespace tintype::test
