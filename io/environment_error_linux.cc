#include "io/environment_error.h"

#include <cerrno>

namespace tintype {

bool is_environment(const Error& error) noexcept {
  if (!error.code) return false;
  switch (error.code.value()) {
    case EIO:        // the usual word for a bad sector
    case ENODATA:    // "critical medium error" of the SCSI layer
    case EREMOTEIO:  // "critical target error"
    case EILSEQ:     // protection information did not match
    case EBADMSG:    // a checksum did not match
    case EUCLEAN:    // a structure is damaged
    case ETIMEDOUT:
      return false;
    default:
      return true;
  }
}

bool is_out_of_space(int error_number) noexcept {
  return error_number == ENOSPC || error_number == EDQUOT;
}

}  // namespace tintype
