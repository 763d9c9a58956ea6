// A ReadSink for those who have nothing else to do until their one read is done.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "io/file/remote_reader.h"

namespace tintype {

class ReadWaiter final : public ReadSink {
 public:
  void read_done(std::uint64_t, std::int32_t result) noexcept override {
    // Told under the lock: once it is free, the waiter may be gone.
    const std::lock_guard lock(mutex_);
    result_ = result;
    done_.notify_one();
  }

  [[nodiscard]] std::int32_t wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return result_.has_value(); });
    return *result_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<std::int32_t> result_;
};

}  // namespace tintype
