// A file descriptor that is closed when its owner goes.
#pragma once

#include <utility>

namespace tintype {

class Handle {
 public:
  Handle() = default;
  explicit Handle(int handle) noexcept : handle_(handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      close();
      handle_ = std::exchange(other.handle_, -1);
    }
    return *this;
  }
  ~Handle() { close(); }

  [[nodiscard]] int get() const noexcept { return handle_; }
  [[nodiscard]] bool is_open() const noexcept { return handle_ >= 0; }
  void close() noexcept;

 private:
  int handle_ = -1;
};

}  // namespace tintype
