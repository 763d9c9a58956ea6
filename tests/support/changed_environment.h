// A variable of the environment that is another for as long as one of these lives: for programs
// that a test starts.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace tintype::test {

class ChangedEnvironment {
 public:
  ChangedEnvironment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name); before != nullptr) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~ChangedEnvironment() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }
  ChangedEnvironment(const ChangedEnvironment&) = delete;
  ChangedEnvironment& operator=(const ChangedEnvironment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace tintype::test
