// What a database page turned out to be.
#pragma once

#include <cstdint>

namespace tintype {

enum class PageVerdict : std::uint8_t {
  sound,          // checksum and page number right
  uninitialised,  // all zero: never used, no error
  correctable,    // single-bit damage that the page's own code can locate; counted, never healed
  bad_checksum,   // JET_errReadVerifyFailure -1018
  wrong_place,    // checksum right, page number of another page: JET_errReadPgnoVerifyFailure -1118
  unreadable,     // the medium did not give the bytes
};

}  // namespace tintype
