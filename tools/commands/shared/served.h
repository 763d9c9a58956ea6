// What serve and mount do alike before they begin.
#pragma once

#include <atomic>
#include <string>
#include <tl/expected.hpp>

#include "engine/serve/fuse_mount.h"
#include "tools/session/session.h"

namespace tintype {

// Opens all images that are named, so that every error is told before anything is served, and
// warns of what the backup could not read. The error was told already.
[[nodiscard]] tl::expected<ServedImages, ExitCode> open_served(Session& session,
                                                               const std::string& what);

// While it lives, SIGINT and SIGTERM set `flag` instead of ending the process.
class StopFlag {
 public:
  StopFlag(Signals& signals, std::atomic<bool>& flag) : signals_(signals) {
    signals.stop_flag.store(&flag);
    if (signals.stop.load() != 0) flag.store(true);
  }
  ~StopFlag() { signals_.stop_flag.store(nullptr); }
  StopFlag(const StopFlag&) = delete;
  StopFlag& operator=(const StopFlag&) = delete;

 private:
  Signals& signals_;
};

}  // namespace tintype
