#include "io/file/remote_reader.h"

#include "io/file/read_waiter.h"

namespace tintype {
Result<std::size_t> read_remote(RemoteReader& reader, std::uint64_t offset,
                                std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    ReadWaiter waiter;
    reader.start_read(offset + done, bytes.subspan(done), waiter, 0);
    const std::int32_t result = waiter.wait();
    if (result < 0) return tl::unexpected(reader.read_error(-result, offset + done));
    if (result == 0) break;  // the end
    done += static_cast<std::size_t>(result);
  }
  return done;
}

}  // namespace tintype
