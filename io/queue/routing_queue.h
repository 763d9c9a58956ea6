// AsyncQueue over another one: reads of remote files (io/file/remote_reader.h) go to their reader,
// everything else to the queue beneath, and completions of both come home through one wait().
#pragma once

#include "io/queue/async_queue.h"

namespace tintype {

// Takes as many requests as `local` does; its name, too.
[[nodiscard]] std::unique_ptr<AsyncQueue> make_routing_queue(std::unique_ptr<AsyncQueue> local);

}  // namespace tintype
