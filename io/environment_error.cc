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

}  // namespace tintype
