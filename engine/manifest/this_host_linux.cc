#include <unistd.h>

#include "engine/manifest/set_name.h"

namespace tintype {

std::string this_host() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "localhost";
  const std::string_view full(name);
  return std::string(full.substr(0, full.find('.')));
}

}  // namespace tintype
