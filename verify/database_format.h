// What the engine asks of a database's file format: which files are of it, how their bytes are
// judged while they stream by, and what is made of it all when the pass is done. The engine knows
// no format by name; verify/formats/ lists them. (Log streams are no matter of this: they are
// ESE's, and ask whether a database is.)
//
// What is said of a file stands in its FileReport: `format` begins with the format's name, and a
// finding's text is what people read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "verify/stream_check.h"

namespace tintype {

// What formats are shown of a file before it is read: its first bytes, or all of a shorter one.
inline constexpr std::size_t kDatabaseFrontBytes = 64 * 1024;

// What became of a file that a format recognised.
struct OpenedDatabase {
  enum class Kind : std::uint8_t {
    checked,  // by `check`; what keeps a format from judging it is a finding of that check
    // Nobody would restore it. Passed by, even if a pattern of the user's fits it.
    not_needed,
    // Nothing in it can tell whether it is sound. Passed by, unless it was asked for: then "not
    // checked" is a finding.
    without_checksums,
  };
  Kind kind = Kind::checked;
  std::unique_ptr<StreamCheck> check;  // null if it is not checked
  // Whether it is one of the source's databases. Of a file that only tells something about others
  // (a log that is to be read to its end) there is no report.
  bool listed = true;
  std::string format;     // "SQLite database, 4 KiB pages"
  std::string passed_by;  // behind its path: "is a temporary database: it keeps no checksums"
  std::string why;        // of that, if it was asked for by itself
};

// The databases of one format on one source. Used by one thread, but for what the checks that it
// opened do in scan().
class DatabaseGroup {
 public:
  virtual ~DatabaseGroup() = default;

  // A file that fits DatabaseFormat::companion_names(), before any database is opened. `front` is
  // empty if it cannot be read.
  virtual void learn(std::string_view path, std::span<const std::byte> front);
  // A file that the format recognised, or that the user says is a database and no format
  // recognised. `path` is for the report; names may mean something (a file that another one goes
  // on in).
  [[nodiscard]] virtual OpenedDatabase open(std::string path, std::uint64_t file_bytes,
                                            std::span<const std::byte> front) = 0;
  // When every byte of the source was seen and every check is finished: what can be said only now.
  // The reports of the files that it opened, in no order; findings may be added.
  virtual void settle(std::span<FileReport* const> reports);
};

class DatabaseFormat {
 public:
  virtual ~DatabaseFormat() = default;

  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // "ESE"
  // What its databases are usually called, as globs: where a volume is looked at, only files with
  // such a name are opened.
  [[nodiscard]] virtual std::span<const char* const> usual_names() const noexcept = 0;
  // Other files whose beginning tells something about the databases.
  [[nodiscard]] virtual std::span<const char* const> companion_names() const noexcept;
  // Whether the file is one of its databases. Told by content; a name alone (an empty `front`: it
  // cannot be read) is enough only if hardly anybody else uses it.
  [[nodiscard]] virtual bool recognises(std::string_view path,
                                        std::span<const std::byte> front) const = 0;
  [[nodiscard]] virtual std::unique_ptr<DatabaseGroup> begin_group() const = 0;
};

using DatabaseFormats = std::span<const DatabaseFormat* const>;

}  // namespace tintype
