// bench: measuring kernels, devices and copies, and comparing what was measured.
#pragma once

#include <cstdint>
#include <string>

#include "engine/bench/copy_bench.h"
#include "engine/bench/device_bench.h"
#include "engine/bench/kernel_bench.h"
#include "tools/cli/command_spec.h"

namespace tintype {

struct BenchCommand {
  enum class Kind : std::uint8_t { kernels, device, copy, compare } kind{};
  KernelBenchOptions kernels;
  DeviceBenchOptions device;
  CopyBenchOptions copy;
  std::string results_a, results_b;  // to compare
  std::string output;                // a file for the results; "": none
  std::string report;
  bool yes = false;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const BenchCommand& command);

}  // namespace tintype
