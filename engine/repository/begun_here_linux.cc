#include <unistd.h>

#include <fstream>

#include "engine/manifest/set_name.h"
#include "engine/repository/begun_record.h"

namespace tintype {
namespace {

std::string first_word_of(const char* path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

}  // namespace

BegunRecord begun_here() {
  BegunRecord record;
  record.host = this_host();
  record.machine = first_word_of("/etc/machine-id");
  record.boot = first_word_of("/proc/sys/kernel/random/boot_id");
  record.process = static_cast<std::uint64_t>(::getpid());
  return record;
}

}  // namespace tintype
