#include "verify/formats/database_formats.h"

#include "verify/ese/format/ese_format.h"
#include "verify/sqlite/sqlite_format.h"

namespace tintype {

DatabaseFormats database_formats() noexcept {
  static const DatabaseFormat* const formats[] = {
      &ese_format(),
      &sqlite_format(),
  };
  return formats;
}

}  // namespace tintype
