// A shared library that is loaded when something first needs it, not when the program starts. Two
// are: libnbd and libarchive, which bring GnuTLS, libxml2 and ICU with them. That is more than half
// of a cold start, and most commands need neither. A loaded library stays.
//
// One struct a library, a member a function, under the function's own name:
//   struct NbdLibrary : LateLibrary {
//     NbdLibrary() : LateLibrary("libnbd.so.0", "libnbd0") {}
//     TINTYPE_LATE(nbd_create);
//   };
#pragma once

#include <string>

#include "io/result.h"

namespace tintype {

class LateLibrary {
 public:
  // The library or a function of it is not there: which, and the package that has it. After that
  // no function may be called.
  [[nodiscard]] Result<void> is_loaded() const;

 protected:
  struct Symbol {
    void* address;
    template <class Function>
    operator Function*() const noexcept {
      return reinterpret_cast<Function*>(address);
    }
  };

  // `file` as the loader looks for it, `package` as Debian calls it.
  LateLibrary(const char* file, std::string package);
  [[nodiscard]] Symbol find(const char* function);

 private:
  void* loaded_;
  std::string package_;
  std::string wrong_;  // the loader's words; empty: all is well
};

}  // namespace tintype

#define TINTYPE_LATE(function) decltype(&::function) function = find(#function)
