// Which databases are checked while their bytes stream by.
#pragma once

#include <string>
#include <vector>

#include "verify/formats/database_formats.h"

namespace tintype {

struct DatabaseOptions {
  bool check = true;
  // Besides what each format's databases are usually called; see io/filesystem/glob.h.
  std::vector<std::string> globs;
  DatabaseFormats formats = database_formats();
};

}  // namespace tintype
