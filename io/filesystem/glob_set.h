// Several globs asked at once of many paths: what glob.h says, prepared. Tens of thousands of names
// are asked before a volume of logs is read, nearly always about their ending.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tintype {

class GlobSet {
 public:
  explicit GlobSet(std::span<const std::string> globs);
  // Whether any of them does. The path begins with a slash, or with a partition and a slash.
  [[nodiscard]] bool matches(std::string_view path) const noexcept;

 private:
  std::vector<std::string> endings_;  // of "*.log": ".log", of "a.dit": "/a.dit"; lower case
  std::vector<std::string> others_;
};

}  // namespace tintype
