// durable_file_helper FINAL CONTENT: writes a file durably, so that a test can watch its system
// calls, make them fail, or kill it at one of them.
#include <cstdio>

#include "io/file/durable_file.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto written = tintype::write_durably(argv[1], argv[2]);
  if (!written) std::puts(written.error().line().c_str());
  return written ? 0 : 1;
}
