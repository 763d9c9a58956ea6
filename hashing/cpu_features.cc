#include "hashing/cpu_features.h"

#include <cstdlib>
#include <string_view>

namespace tintype {
namespace {

CpuFeatures detect() noexcept {
  CpuFeatures features;
#if defined(__x86_64__)
  // The builtin checks XCR0 too: a feature counts only if the kernel saves its registers.
  __builtin_cpu_init();
  features.avx2 = __builtin_cpu_supports("avx2") != 0;
  features.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#endif
  if (const char* allowed = std::getenv("TINTYPE_CPU"); allowed != nullptr) {
    const std::string_view tier(allowed);
    if (tier == "portable") features = {};
    if (tier == "avx2") features.avx512 = false;
  }
  return features;
}

}  // namespace

const CpuFeatures& cpu_features() noexcept {
  static const CpuFeatures features = detect();
  return features;
}

}  // namespace tintype
