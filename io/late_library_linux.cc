#include "io/late_library.h"

#include <dlfcn.h>

namespace tintype {

LateLibrary::LateLibrary(const char* file, std::string package)
    : loaded_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)), package_(std::move(package)) {
  if (loaded_ == nullptr) wrong_ = ::dlerror();
}

LateLibrary::Symbol LateLibrary::find(const char* function) {
  void* const address = loaded_ == nullptr ? nullptr : ::dlsym(loaded_, function);
  if (address == nullptr && wrong_.empty()) wrong_ = ::dlerror();
  return {address};
}

Result<void> LateLibrary::is_loaded() const {
  if (wrong_.empty()) return {};
  return plain_error("cannot load " + wrong_, "apt-get install " + package_);
}

}  // namespace tintype
