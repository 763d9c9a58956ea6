#include "io/handle.h"

#include <unistd.h>

namespace tintype {

void Handle::close() noexcept {
  if (handle_ >= 0) ::close(std::exchange(handle_, -1));
}

}  // namespace tintype
