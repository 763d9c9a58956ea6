// The databases of one source by their formats: who a file is offered to, what each format learned
// of the source, and the word they have when all of it was read.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/filesystem/filesystem_map.h"
#include "io/filesystem/glob_set.h"
#include "verify/database_format.h"

namespace tintype {

class DatabaseSurvey {
 public:
  DatabaseSurvey() : DatabaseSurvey(DatabaseFormats{}) {}
  // At least one format, unless nothing is asked of it.
  explicit DatabaseSurvey(DatabaseFormats formats);

  // Globs: what databases are usually called, and what the formats read beside them.
  [[nodiscard]] const std::vector<std::string>& usual_names() const noexcept { return usual_; }
  [[nodiscard]] const std::vector<std::string>& companion_names() const noexcept {
    return companions_;
  }
  // "ESE", "ESE or SQLite"
  [[nodiscard]] std::string names() const;

  // The first format that recognises the file, null if none does: of all of them, or of those
  // whose databases are usually called so.
  [[nodiscard]] const DatabaseFormat* format_of(std::string_view path,
                                                std::span<const std::byte> front) const;
  [[nodiscard]] const DatabaseFormat* usual_format_of(std::string_view path,
                                                      std::span<const std::byte> front) const;
  // What a file is taken for that was asked for and that none recognises.
  [[nodiscard]] const DatabaseFormat& fallback() const noexcept { return *members_.front().format; }

  // Hands companions among the files to the formats that asked for them. What cannot be read is
  // theirs to judge.
  void learn_from(const FilesystemMap& map, std::span<const FileEntry> files);
  void learn(const std::string& path, std::span<const std::byte> front);
  [[nodiscard]] bool is_companion(const std::string& path) const;

  [[nodiscard]] OpenedDatabase open(const DatabaseFormat& format, const std::string& path,
                                    std::uint64_t file_bytes, std::span<const std::byte> front);
  // After the checks are finished, with their reports; once.
  void settle(std::span<FileReport> reports);

 private:
  struct Member {
    const DatabaseFormat* format;
    std::unique_ptr<DatabaseGroup> group;
    GlobSet usual, companions;
  };
  [[nodiscard]] std::size_t number_of(const DatabaseFormat& format) const noexcept;

  std::vector<Member> members_;
  std::vector<std::string> usual_, companions_;
  std::map<std::string, std::size_t, std::less<>> opened_;  // path → number of the member
};

}  // namespace tintype
