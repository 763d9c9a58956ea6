#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "engine/bench/bench_machine.h"
#include "io/process/usable_cores.h"

namespace tintype {
namespace {

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (const auto colon = line.find(": "); line.starts_with("model name") && colon != line.npos)
      return line.substr(colon + 2);
  return "unknown";
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

BenchMachine describe_machine() {
  BenchMachine machine{.processor = processor_name(), .kernel = "", .cores = usable_cores()};
  utsname names{};
  if (::uname(&names) == 0) machine.kernel = names.release;
  const long pages = ::sysconf(_SC_PHYS_PAGES), page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0)
    machine.memory_bytes =
        static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
  if (double load = 0; ::getloadavg(&load, 1) == 1) machine.load_before = load;
  return machine;
}

double process_cpu_seconds() noexcept {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

CacheSizes cache_sizes() noexcept {
  CacheSizes sizes;
  if (const long bytes = ::sysconf(_SC_LEVEL2_CACHE_SIZE); bytes > 0)
    sizes.second_bytes = static_cast<std::size_t>(bytes);
  if (const long bytes = ::sysconf(_SC_LEVEL3_CACHE_SIZE); bytes > 0)
    sizes.last_bytes = static_cast<std::size_t>(bytes);
  return sizes;
}

}  // namespace tintype
