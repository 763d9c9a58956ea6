#include "verify/ese/format/ese_format.h"

#include <utility>

#include "verify/ese/ese_stream_names.h"
#include "verify/ese/log/ese_file_kind.h"
#include "verify/ese/page/ese_database_check.h"

namespace tintype {
namespace {

static_assert(kEseFrontBytes == kDatabaseFrontBytes);

constexpr std::string_view kName = "ESE";

class EseGroup final : public DatabaseGroup {
 public:
  [[nodiscard]] OpenedDatabase open(std::string path, std::uint64_t file_bytes,
                                    std::span<const std::byte> front) override {
    OpenedDatabase opened;
    opened.format = "ESE database";
    if (read_ese_header(front).is_temporary) {
      opened.kind = OpenedDatabase::Kind::not_needed;
      opened.passed_by = "is a temporary database: it keeps no checksums";
      opened.why = "there is nothing to check in it";
      return opened;
    }
    opened.check = open_ese_database_check(std::move(path), file_bytes, front);
    return opened;
  }
};

class EseFormat final : public DatabaseFormat {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return kName; }

  [[nodiscard]] std::span<const char* const> usual_names() const noexcept override {
    static constexpr const char* kNames[] = {"*.edb", "*.mdb", "ntds.dit"};
    return kNames;
  }

  [[nodiscard]] bool recognises(std::string_view path,
                                std::span<const std::byte> front) const override {
    const std::string_view name = file_name_of(path);
    const EseFileKind kind = ese_file_kind(name, front);
    // What is called a database and begins like a log is a damaged database.
    return kind == EseFileKind::database ||
           (kind != EseFileKind::none && ese_file_kind(name, {}) == EseFileKind::database);
  }

  [[nodiscard]] std::unique_ptr<DatabaseGroup> begin_group() const override {
    return std::make_unique<EseGroup>();
  }
};

}  // namespace

const DatabaseFormat& ese_format() noexcept {
  static const EseFormat format;
  return format;
}

bool is_ese(const FileReport& report) noexcept {
  return report.format.starts_with(kName);
}

}  // namespace tintype
