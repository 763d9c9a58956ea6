#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "io/file/memory_file.h"
#include "io/handle.h"

namespace tintype {

Result<File> memory_file(std::span<const std::byte> bytes) {
  const Handle memory(::memfd_create("tintype", MFD_CLOEXEC));
  if (!memory.is_open()) return system_error(errno, "make", "a file in memory");
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put = ::write(memory.get(), bytes.data() + done, bytes.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return system_error(put < 0 ? errno : EIO, "write", "a file in memory");
    done += static_cast<std::size_t>(put);
  }
  return File::open_source(fmt::format("/proc/self/fd/{}", memory.get()), Caching::page_cache);
}

}  // namespace tintype
