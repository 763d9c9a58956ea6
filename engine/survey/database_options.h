// Which databases are checked while their bytes stream by.
#pragma once

#include <string>
#include <vector>

namespace tintype {

struct DatabaseOptions {
  bool check = true;
  std::vector<std::string> globs;  // besides *.edb, *.mdb and ntds.dit; see io/filesystem/glob.h
};

}  // namespace tintype
