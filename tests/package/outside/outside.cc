// Is this ESE database sound? The exit code tells.
#include <cstdio>

#include "engine/job/check_job.h"

int main(int, char** argv) {
  tintype::JobMonitor monitor;
  const auto outcome = tintype::run_check({.file = argv[1]}, monitor);
  if (!outcome) return std::puts(outcome.error().line().c_str()), 1;
  std::printf("%s %s\n", to_hex(outcome->pass.content_digest).c_str(), argv[1]);
  return outcome->sound() ? 0 : 3;
}
