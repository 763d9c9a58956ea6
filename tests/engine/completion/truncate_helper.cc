// truncate_helper LIVE REPOSITORY: deletes what good_stream() permits, for its set "s". Exit code 0
// or 1. To be killed.
#include <cstdio>

#include "engine/completion/truncate_logs.h"
#include "tests/engine/completion/live_directory.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const tintype::test::TempDir scratch;
  tintype::JobMonitor monitor;
  const auto outcome = tintype::truncate_logs(
      tintype::test::make_permit(scratch),
      {.directory = argv[1], .store = tintype::open_store(argv[2]), .set = "s"}, monitor);
  if (!outcome) std::fprintf(stderr, "%s\n", outcome.error().line().c_str());
  return outcome ? 0 : 1;
}
