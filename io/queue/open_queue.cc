#include "io/queue/open_queue.h"

#include <fmt/format.h>

#include <system_error>

#include "io/process_limits.h"
#include "io/queue/routing_queue.h"
#include "io/queue/thread_queue.h"
#include "io/queue/uring_queue.h"

namespace tintype {
namespace {

Result<OpenedQueue> open_threads(unsigned in_flight_max, std::string note) {
  try {
    return OpenedQueue{.queue = make_routing_queue(make_thread_queue(in_flight_max)),
                       .note = std::move(note)};
  } catch (const std::system_error& error) {
    return tl::unexpected(thread_error(error));
  }
}

}  // namespace

Result<OpenedQueue> open_queue(QueueEngine engine, unsigned in_flight_max, UringOpener open_uring) {
  if (engine == QueueEngine::threads) return open_threads(in_flight_max, "");
  auto ring = open_uring(in_flight_max);
  if (ring) return OpenedQueue{.queue = make_routing_queue(*std::move(ring)), .note = ""};
  if (engine == QueueEngine::io_uring) {
    ring.error().hint = "let the engine be chosen automatically, or choose threads";
    return tl::unexpected(std::move(ring).error());
  }
  // Whatever the reason: a copy through threads is better than none.
  return open_threads(in_flight_max,
                      fmt::format("io_uring is not available ({}): threads do the I/O",
                                  ring.error().code.message()));
}

Result<OpenedQueue> open_queue(QueueEngine engine, unsigned in_flight_max) {
  return open_queue(engine, in_flight_max, open_uring_queue);
}

}  // namespace tintype
