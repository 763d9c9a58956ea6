// What this processor can do. The only place that asks it (cpu_features.cc).
//
// TINTYPE_CPU in the environment lowers the answer, so that slower tiers can be tried on any
// machine: "portable", "avx2", "avx512" (the highest tier allowed).
#pragma once

namespace tintype {

struct CpuFeatures {
  bool avx2 = false;
  bool avx512 = false;  // F, BW, VL and DQ together, with the operating system saving the registers
};

// Asked once, then remembered. Thread-safe.
[[nodiscard]] const CpuFeatures& cpu_features() noexcept;

}  // namespace tintype
