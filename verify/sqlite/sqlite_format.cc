#include "verify/sqlite/sqlite_format.h"

#include <cstring>

#include "hashing/endian.h"
#include "verify/paged_check.h"
#include "verify/sqlite/sqlite_page_sums.h"

namespace tintype {
namespace {

constexpr std::string_view kName = "SQLite";
constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr std::uint64_t kLockPageAt = std::uint64_t{1} << 30;
constexpr std::uint64_t kPagesHeldMax = 256 * 1024;  // some 80 bytes each

template <class T>
T load_be(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  Be<T> on_disk;
  std::memcpy(&on_disk, bytes.data() + offset, sizeof on_disk);
  return on_disk;
}

struct SqliteHeader {
  std::uint32_t page_bytes = 0;      // as it stands there, if that is no page size
  std::uint32_t reserved_bytes = 0;  // at the end of each page
  std::uint64_t pages = 0;           // of the whole database; 0 if it does not tell

  explicit SqliteHeader(std::span<const std::byte> front) noexcept {
    constexpr std::size_t kBytes = 100, kPageBytesAt = 16, kReservedAt = 20, kChangeCounterAt = 24,
                          kPagesAt = 28, kPagesValidForAt = 92;
    if (front.size() < kBytes) return;
    page_bytes = load_be<std::uint16_t>(front, kPageBytesAt);
    if (page_bytes == 1) page_bytes = 65536;
    reserved_bytes = std::to_integer<std::uint32_t>(front[kReservedAt]);
    // Programs before SQLite 3.7 left the number of pages as it was.
    if (load_be<std::uint32_t>(front, kChangeCounterAt) ==
        load_be<std::uint32_t>(front, kPagesValidForAt))
      pages = load_be<std::uint32_t>(front, kPagesAt);
  }
  [[nodiscard]] bool has_legal_page_size() const noexcept {
    return page_bytes >= 512 && page_bytes <= 65536 && (page_bytes & (page_bytes - 1)) == 0;
  }
};

// Whether page `page` of the file, all of which is in `front`, has a checksum that fits.
bool page_fits(std::span<const std::byte> front, std::uint32_t page_bytes, std::size_t page) {
  SqlitePageSums sums;
  sums.add(page_bytes, 0, front.subspan(page * page_bytes, page_bytes));
  return sums.any_bit_set && sums.fits();
}

class SqliteCheck final : public PagedCheck<SqlitePageSums> {
 public:
  SqliteCheck(std::string path, std::uint64_t file_bytes, const SqliteHeader& header)
      : PagedCheck(std::move(path), header.page_bytes, file_bytes / header.page_bytes,
                   kPagesHeldMax),
        file_bytes_(file_bytes),
        pages_used_(header.pages) {}
  // Of a file whose pages cannot be judged.
  SqliteCheck(std::string path, Finding why)
      : PagedCheck(std::move(path), 0, 0, 0), why_not_(std::move(why)) {}

  [[nodiscard]] static std::string format_text(std::uint32_t page_bytes) {
    if (page_bytes == 0) return fmt::format("{} database", kName);
    return page_bytes < 1024 ? fmt::format("{} database, {} byte pages", kName, page_bytes)
                             : fmt::format("{} database, {} KiB pages", kName, page_bytes / 1024);
  }

 protected:
  [[nodiscard]] PageResult judge(std::uint64_t page, const SqlitePageSums& sums) const override {
    if (sums.fits())
      return {.verdict = sums.any_bit_set ? PageVerdict::sound : PageVerdict::uninitialised};
    if (is_never_read(page)) return {.verdict = PageVerdict::uninitialised};
    const auto number = [](const SqliteChecksum& sum) {
      return std::uint64_t{sum.s1} << 32 | sum.s2;
    };
    return {.verdict = PageVerdict::bad_checksum,
            .stored = number(sums.stored),
            .computed = number(sums.computed)};
  }

  void describe(FileReport& report) const override {
    report.format = format_text(page_bytes());
    if (page_bytes() == 0) return report.add(why_not_);
    if (pages_used_ > pages()) {
      report.pages_expected = pages_used_;
      report.add({.kind = FindingKind::incomplete,
                  .text = fmt::format("the file has {} of the {} pages that its header tells",
                                      pages(), pages_used_)});
    } else if (pages_used_ == 0 && file_bytes_ % page_bytes() != 0) {
      report.add({.kind = FindingKind::incomplete,
                  .text = fmt::format("the file ends within page {}", pages() + 1)});
    }
  }

  [[nodiscard]] std::int64_t number_of(std::uint64_t page) const override {
    return static_cast<std::int64_t>(page) + 1;
  }

 private:
  [[nodiscard]] bool is_never_read(std::uint64_t page) const noexcept {
    return page == kLockPageAt / page_bytes() || (pages_used_ != 0 && page >= pages_used_);
  }

  std::uint64_t file_bytes_ = 0;
  std::uint64_t pages_used_ = 0;  // as the header tells; 0 if it does not
  Finding why_not_;
};

class SqliteGroup final : public DatabaseGroup {
 public:
  [[nodiscard]] OpenedDatabase open(std::string path, std::uint64_t file_bytes,
                                    std::span<const std::byte> front) override {
    const SqliteHeader header(front);
    if (header.reserved_bytes != kSqliteChecksumBytes)
      return without_checksums(fmt::format("its pages reserve {} bytes, and a checksum takes {}",
                                           header.reserved_bytes, kSqliteChecksumBytes));
    const auto unchecked = [&](FindingKind kind, std::string text) {
      return opened(std::make_unique<SqliteCheck>(std::move(path),
                                                  Finding{.kind = kind, .text = std::move(text)}),
                    0);
    };
    if (!header.has_legal_page_size())
      return unchecked(
          FindingKind::not_checked,
          fmt::format("not checked: its header tells pages of {} bytes", header.page_bytes));
    if (front.size() < header.page_bytes)
      return unchecked(FindingKind::incomplete, "the file ends within page 1");
    if (page_fits(front, header.page_bytes, 0))
      return opened(std::make_unique<SqliteCheck>(std::move(path), file_bytes, header),
                    header.page_bytes);
    for (std::size_t page = 1; page < front.size() / header.page_bytes; ++page)
      if (page_fits(front, header.page_bytes, page))
        return unchecked(FindingKind::not_checked,
                         "not checked: page 1 does not fit its checksum and others do: it is "
                         "damaged, or was written by a program that keeps none");
    return without_checksums("page 1 does not fit the 8 bytes that its pages reserve");
  }

 private:
  static OpenedDatabase opened(std::unique_ptr<StreamCheck> check, std::uint32_t page_bytes) {
    OpenedDatabase database;
    database.check = std::move(check);
    database.format = SqliteCheck::format_text(page_bytes);
    return database;
  }

  static OpenedDatabase without_checksums(std::string_view why) {
    OpenedDatabase database;
    database.kind = OpenedDatabase::Kind::without_checksums;
    database.format = SqliteCheck::format_text(0);
    database.passed_by = "is not checked: the SQLite database keeps no checksums";
    database.why = why;
    return database;
  }
};

class SqliteFormat final : public DatabaseFormat {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return kName; }

  [[nodiscard]] std::span<const char* const> usual_names() const noexcept override {
    static constexpr const char* kNames[] = {"*.db", "*.db3", "*.sqlite", "*.sqlite3"};
    return kNames;
  }

  [[nodiscard]] bool recognises(std::string_view, std::span<const std::byte> front) const override {
    return front.size() >= kMagic.size() &&
           std::memcmp(front.data(), kMagic.data(), kMagic.size()) == 0;
  }

  [[nodiscard]] std::unique_ptr<DatabaseGroup> begin_group() const override {
    return std::make_unique<SqliteGroup>();
  }
};

}  // namespace

const DatabaseFormat& sqlite_format() noexcept {
  static const SqliteFormat format;
  return format;
}

}  // namespace tintype
