// A RemoteReader over a local file: one thread that reads what it is asked for, last come first
// served, so that nothing comes back in the order it was sent.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "io/file/file.h"
#include "io/file/remote_reader.h"

namespace tintype::test {

class ThreadReader final : public RemoteReader {
 public:
  explicit ThreadReader(const File& file) : file_(file), thread_([this] { serve(); }) {}
  ~ThreadReader() override {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    news_.notify_one();
  }

  // The same file, as if it were far away.
  [[nodiscard]] File remote() {
    return File::remote("far:" + file_.path(), file_.geometry(), *this);
  }

  void start_read(std::uint64_t offset, std::span<std::byte> bytes, ReadSink& sink,
                  std::uint64_t ticket) override {
    const std::lock_guard lock(mutex_);
    wishes_.push_back({offset, bytes, &sink, ticket});
    news_.notify_one();
  }
  Error read_error(int error_number, std::uint64_t offset) const override {
    return system_error_at(error_number, "read", "far:" + file_.path(), offset).value();
  }

 private:
  struct Wish {
    std::uint64_t offset = 0;
    std::span<std::byte> bytes;
    ReadSink* sink = nullptr;
    std::uint64_t ticket = 0;
  };
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      news_.wait(lock, [this] { return stopping_ || !wishes_.empty(); });
      if (wishes_.empty()) return;
      const Wish wish = wishes_.back();
      wishes_.pop_back();
      lock.unlock();
      const auto got = file_.read_at(wish.offset, wish.bytes);
      wish.sink->read_done(wish.ticket,
                           got ? static_cast<std::int32_t>(*got) : -got.error().code.value());
      lock.lock();
    }
  }

  const File& file_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Wish> wishes_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace tintype::test
