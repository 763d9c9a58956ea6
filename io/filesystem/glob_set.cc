#include "io/filesystem/glob_set.h"

#include <algorithm>
#include <utility>

#include "io/filesystem/glob.h"

namespace tintype {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_plain(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x80 &&
         std::string_view("*?[/\\").find(c) == std::string_view::npos;
}

// "" if the glob asks for more than an ending: of a name "*.log", or a whole name.
std::string ending_of(std::string_view glob) {
  const bool has_star = glob.starts_with('*');
  const std::string_view rest = has_star ? glob.substr(1) : glob;
  if (rest.empty() || !std::ranges::all_of(rest, is_plain) || !partition_prefix(glob).empty())
    return {};
  std::string ending = (has_star ? "" : "/") + std::string(rest);
  std::ranges::transform(ending, ending.begin(), lower);
  return ending;
}

bool ends_with(std::string_view path, std::string_view ending) noexcept {
  return path.size() >= ending.size() &&
         std::equal(ending.rbegin(), ending.rend(), path.rbegin(),
                    [](char wanted, char actual) { return wanted == lower(actual); });
}

}  // namespace

GlobSet::GlobSet(std::span<const std::string> globs) {
  for (const std::string& glob : globs) {
    if (std::string ending = ending_of(glob); !ending.empty())
      endings_.push_back(std::move(ending));
    else
      others_.push_back(glob);
  }
}

bool GlobSet::matches(std::string_view path) const noexcept {
  return std::ranges::any_of(endings_,
                             [&](const std::string& ending) { return ends_with(path, ending); }) ||
         std::ranges::any_of(others_,
                             [&](const std::string& glob) { return glob_matches(glob, path); });
}

}  // namespace tintype
