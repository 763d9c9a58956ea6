#include "engine/survey/database_survey.h"

#include <algorithm>

namespace tintype {

DatabaseSurvey::DatabaseSurvey(DatabaseFormats formats) {
  members_.reserve(formats.size());
  for (const DatabaseFormat* format : formats) {
    const auto globs = [](std::span<const char* const> names) {
      return std::vector<std::string>(names.begin(), names.end());
    };
    const std::vector<std::string> usual = globs(format->usual_names());
    const std::vector<std::string> companions = globs(format->companion_names());
    usual_.insert(usual_.end(), usual.begin(), usual.end());
    companions_.insert(companions_.end(), companions.begin(), companions.end());
    members_.push_back({format, format->begin_group(), GlobSet(usual), GlobSet(companions)});
  }
}

std::string DatabaseSurvey::names() const {
  std::string text;
  for (const Member& member : members_)
    text.append(text.empty() ? "" : " or ").append(member.format->name());
  return text;
}

const DatabaseFormat* DatabaseSurvey::format_of(std::string_view path,
                                                std::span<const std::byte> front) const {
  for (const Member& member : members_)
    if (member.format->recognises(path, front)) return member.format;
  return nullptr;
}

const DatabaseFormat* DatabaseSurvey::usual_format_of(std::string_view path,
                                                      std::span<const std::byte> front) const {
  for (const Member& member : members_)
    if (member.usual.matches(path) && member.format->recognises(path, front)) return member.format;
  return nullptr;
}

void DatabaseSurvey::learn_from(const FilesystemMap& map, std::span<const FileEntry> files) {
  if (companions_.empty()) return;
  for (const FileEntry& file : files) {
    if (!is_companion(file.path)) continue;
    std::vector<std::byte> front(std::min<std::uint64_t>(file.size_bytes, kDatabaseFrontBytes));
    if (!map.read(file, 0, front)) front.clear();
    learn(file.path, front);
  }
}

void DatabaseSurvey::learn(const std::string& path, std::span<const std::byte> front) {
  for (const Member& member : members_)
    if (member.companions.matches(path)) member.group->learn(path, front);
}

bool DatabaseSurvey::is_companion(const std::string& path) const {
  return std::ranges::any_of(members_,
                             [&](const Member& member) { return member.companions.matches(path); });
}

OpenedDatabase DatabaseSurvey::open(const DatabaseFormat& format, const std::string& path,
                                    std::uint64_t file_bytes, std::span<const std::byte> front) {
  const std::size_t number = number_of(format);
  opened_[path] = number;
  return members_[number].group->open(path, file_bytes, front);
}

void DatabaseSurvey::settle(std::span<FileReport> reports) {
  std::vector<std::vector<FileReport*>> of_members(members_.size());
  for (FileReport& report : reports)
    if (const auto found = opened_.find(report.path); found != opened_.end())
      of_members[found->second].push_back(&report);
  for (std::size_t i = 0; i < members_.size(); ++i) members_[i].group->settle(of_members[i]);
}

std::size_t DatabaseSurvey::number_of(const DatabaseFormat& format) const noexcept {
  return static_cast<std::size_t>(std::ranges::find(members_, &format, &Member::format) -
                                  members_.begin());
}

}  // namespace tintype
