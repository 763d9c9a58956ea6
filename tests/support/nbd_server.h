// An nbdkit that serves a test, on a socket of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/child_program.h"
#include "support/temp_dir.h"

namespace tintype::test {

class NbdServer {
 public:
  // `words`: filters, plugin and parameters, as nbdkit takes them behind its own options.
  explicit NbdServer(const std::vector<std::string>& words, bool writable = false) {
    std::vector<std::string> all{
        "/usr/bin/nbdkit", "--foreground", "--exit-with-parent", "--unix",    socket(),
        "--threads",       "64",           "--pidfile",          dir_ / "pid"};
    if (!writable) all.emplace_back("--readonly");
    all.insert(all.end(), words.begin(), words.end());
    program_ = std::make_unique<ChildProgram>(all);
    // The socket has its name before it listens; the pid is written after.
    for (int i = 0; !std::filesystem::exists(dir_ / "pid"); ++i) {
      if (i == 2000) throw std::runtime_error("nbdkit does not start: " + all.back());
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  [[nodiscard]] std::string socket() const { return dir_ / "socket"; }
  [[nodiscard]] std::string uri(const std::string& name = "") const {
    return "nbd+unix:///" + name + "?socket=" + socket();
  }
  void kill() { program_.reset(); }

 private:
  TempDir dir_;
  std::unique_ptr<ChildProgram> program_;
};

}  // namespace tintype::test
