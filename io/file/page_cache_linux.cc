#include <fcntl.h>
#include <unistd.h>

#include "io/file/file.h"
#include "io/file/page_cache.h"

namespace tintype {

bool drop_page_cache() noexcept {
  ::sync();
  const int handle = ::open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
  if (handle < 0) return false;
  const bool dropped = ::write(handle, "3", 1) == 1;
  ::close(handle);
  return dropped;
}

void forget_cached(const File& file) noexcept {
  if (file.handle() >= 0) ::posix_fadvise(file.handle(), 0, 0, POSIX_FADV_DONTNEED);
}

}  // namespace tintype
