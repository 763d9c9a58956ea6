#include "io/safe_component.h"

#include <algorithm>

namespace tintype {

std::string safe_component(std::string name) {
  constexpr const char* kReplacement = "\xEF\xBF\xBD";  // U+FFFD
  if (name.empty() || name == "." || name == "..") return name + kReplacement;
  for (std::size_t at = 0; at < name.size(); ++at)
    if (name[at] == '/' || name[at] == '\0') name.replace(at, 1, kReplacement);
  return name;
}

}  // namespace tintype
