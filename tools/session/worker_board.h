// What the process that works leaves for the one that watches it (tools/session/supervisor.h), in
// memory that both see.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <string_view>

#include "io/in_flight.h"

namespace tintype {

// Written once.
class SharedText {
 public:
  void write(std::string_view text) noexcept {
    if (claimed_.exchange(true)) return;
    std::copy_n(text.begin(), std::min(text.size(), text_.size() - 1), text_.begin());
    written_.store(true, std::memory_order_release);
  }
  [[nodiscard]] std::string read() const {
    return written_.load(std::memory_order_acquire) ? std::string(text_.data()) : std::string();
  }

 private:
  std::atomic<bool> claimed_{false}, written_{false};
  std::array<char, 512> text_{};
};

struct WorkerBoard {
  InFlightBoard requests;
  SharedText set;                  // the name of the backup set that is being written
  SharedText last_words;           // why the worker ends itself, if it cannot end in an orderly way
  std::atomic<bool> ended{false};  // its last line is out: the summary, if --json
};

}  // namespace tintype
