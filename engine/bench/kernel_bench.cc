#include "engine/bench/kernel_bench.h"

#include <fmt/format.h>
#include <lz4.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <functional>
#include <random>

#include "engine/bench/bench_machine.h"
#include "engine/pipeline/pass_runner.h"
#include "hashing/xxh3.h"
#include "hashing/zero_block.h"
#include "io/aligned_buffer.h"
#include "io/huge_pages.h"
#include "verify/ese/page/ese_block_code.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::span<const std::byte>;

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;  // what a pass computes on at once
constexpr std::size_t kCodedBytes = 8192;                  // a part of a large page

// Keeps a result that nobody reads from being optimised away.
template <class T>
void use(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

enum class Content : std::uint8_t { random, pages, zeros };

// As pages of a database: half of it repeats, and LZ4 about halves it.
void fill(std::span<std::byte> bytes, Content content) {
  std::mt19937_64 random(7);
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = random();
    if (content == Content::zeros) word = 0;
    if (content == Content::pages && (at / 256) % 2 == 0) word = 0x2020202020202020 + at / 1024 % 7;
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
}

struct Kernel {
  std::string name;
  Content content;
  // Works on one piece; `room` is as large as a piece and what LZ4 may need beyond.
  std::function<void(Bytes piece, std::span<std::byte> room)> work;
};

std::vector<Kernel> all_kernels() {
  std::vector<Kernel> kernels{
      {"memcpy", Content::random,
       [](Bytes piece, std::span<std::byte> room) {
         std::memcpy(room.data(), piece.data(), piece.size());
         use(*room.data());
       }},
      {"xxh3_128", Content::random,
       [](Bytes piece, std::span<std::byte>) { use(xxh3_128(piece)); }},
      {"is_zero", Content::zeros, [](Bytes piece, std::span<std::byte>) { use(is_zero(piece)); }},
  };
  for (const EseBlockCodeTier& tier : ese_block_code_tiers())
    if (tier.usable())
      kernels.push_back({fmt::format("ese_block_code {}", tier.name), Content::random,
                         [code = tier.code](Bytes piece, std::span<std::byte>) {
                           for (std::size_t at = 0; at < piece.size(); at += kCodedBytes)
                             use(code(piece.data() + at, kCodedBytes));
                         }});
  for (const auto& [name, content] :
       {std::pair{"pages", Content::pages}, std::pair{"random", Content::random}})
    kernels.push_back(
        {fmt::format("lz4_compress {}", name), content, [](Bytes piece, std::span<std::byte> room) {
           use(LZ4_compress_default(reinterpret_cast<const char*>(piece.data()),
                                    reinterpret_cast<char*>(room.data()),
                                    static_cast<int>(piece.size()), static_cast<int>(room.size())));
         }});
  return kernels;
}

class KernelBench {
 public:
  KernelBench(const KernelBenchOptions& options, JobMonitor& monitor)
      : options_(options), monitor_(monitor) {}

  Result<BenchResults> run() {
    if (options_.runs == 0) return plain_error("nothing to measure");
    results_ = begin_results("kernels", "", options_.runs);
    const CacheSizes caches = cache_sizes();
    // Half of the cache: the other half is for what the kernel writes.
    const std::size_t near = std::bit_floor(
        std::clamp<std::size_t>(caches.second_bytes / 2, 2 * kCodedBytes, kChunkBytes));
    std::uint64_t far = options_.memory_bytes;
    if (far == 0)
      far = std::min<std::uint64_t>(2 * caches.last_bytes, results_.machine.memory_bytes / 16);
    far = std::max<std::uint64_t>(far / kChunkBytes, 1) * kChunkBytes;
    results_.subject = fmt::format("one core; L2: {} KiB, memory: {} MiB in pieces of {} KiB",
                                   near >> 10, far >> 20, kChunkBytes >> 10);
    source_ = AlignedBuffer(far);
    prefer_huge_pages(source_.bytes());
    packed_ = AlignedBuffer(static_cast<std::size_t>(LZ4_compressBound(kChunkBytes)));
    // For memcpy out of memory into memory; the others use its beginning.
    target_ = AlignedBuffer(far + packed_.size());
    prefer_huge_pages(target_.bytes());
    std::memset(target_.data(), 1, target_.size());

    // By content, so that memory is filled three times and not with every kernel.
    for (const Content content : {Content::random, Content::pages, Content::zeros}) {
      fill(source_.bytes(), content);
      for (const Kernel& kernel : all_kernels())
        if (kernel.content == content) TINTYPE_CHECK(measure(kernel, near));
      if (content != Content::zeros) TINTYPE_CHECK(measure_decompress(content, near));
    }
    sort_as_listed();
    if (2 * far < 3 * caches.last_bytes)
      results_.warnings.push_back(
          fmt::format("the last-level cache is said to have {} MiB: \"memory\" may be a cache",
                      caches.last_bytes >> 20));
    add_steadiness_warnings(results_);
    return std::move(results_);
  }

 private:
  Result<void> measure(const Kernel& kernel, std::size_t near) {
    const auto on = [&](std::size_t piece_bytes) {
      return [&kernel, this, piece_bytes](std::size_t at) {
        // What is copied out of memory goes to memory; other results stay where they are.
        const bool moves = kernel.name == "memcpy";
        const std::size_t room_at = moves && piece_bytes == kChunkBytes ? at : 0;
        kernel.work(source_.bytes().subspan(at, piece_bytes),
                    target_.bytes().subspan(room_at, packed_.size()));
      };
    };
    TINTYPE_CHECK(repeat(kernel.name + " L2", near, near, on(near)));
    return repeat(kernel.name + " memory", source_.size(), kChunkBytes, on(kChunkBytes));
  }

  // What is unpacked is in the cache or, with "memory", written all over it. Bytes count unpacked.
  Result<void> measure_decompress(Content content, std::size_t near) {
    const std::string name =
        fmt::format("lz4_decompress {}", content == Content::pages ? "pages" : "random");
    const auto on = [this](std::size_t piece_bytes) {
      const int packed_bytes = LZ4_compress_default(
          reinterpret_cast<const char*>(source_.data()), reinterpret_cast<char*>(packed_.data()),
          static_cast<int>(piece_bytes), static_cast<int>(packed_.size()));
      return [this, piece_bytes, packed_bytes](std::size_t at) {
        use(LZ4_decompress_safe(reinterpret_cast<const char*>(packed_.data()),
                                reinterpret_cast<char*>(target_.data() + at), packed_bytes,
                                static_cast<int>(piece_bytes)));
      };
    };
    TINTYPE_CHECK(repeat(name + " L2", near, near, on(near)));
    return repeat(name + " memory", source_.size(), kChunkBytes, on(kChunkBytes));
  }

  // Over the working set again and again, for as long as a run takes; the first time is not
  // counted.
  template <class Work>
  Result<void> repeat(const std::string& name, std::size_t set_bytes, std::size_t piece_bytes,
                      const Work& work) {
    BenchMethod& method = results_.method(name);
    std::size_t at = 0;
    const auto one_piece = [&] {
      work(at);
      at = at + 2 * piece_bytes <= set_bytes ? at + piece_bytes : 0;
    };
    // Of a cached set the first round brings it in; of memory a few pieces show how long one takes.
    const auto warming = Clock::now();
    std::uint64_t pieces = 0;
    do {
      one_piece();
      ++pieces;
    } while (seconds_since(warming) < options_.seconds_per_run / 10);
    const auto pieces_per_run = static_cast<std::uint64_t>(std::max(
        1.0, static_cast<double>(pieces) * options_.seconds_per_run / seconds_since(warming)));
    for (unsigned run = 0; run < options_.runs; ++run) {
      if (monitor_.stop_requested) return stopped_error();
      const double cpu_before = process_cpu_seconds();
      const auto started = Clock::now();
      for (std::uint64_t i = 0; i < pieces_per_run; ++i) one_piece();
      method.runs.push_back({.wall_seconds = seconds_since(started),
                             .cpu_seconds = process_cpu_seconds() - cpu_before,
                             .bytes = pieces_per_run * piece_bytes});
    }
    monitor_.detail(fmt::format("{}: done", name));
    return {};
  }

  static double seconds_since(Clock::time_point time) {
    return std::chrono::duration<double>(Clock::now() - time).count();
  }

  // memcpy first: the ceiling.
  void sort_as_listed() {
    std::stable_sort(results_.methods.begin(), results_.methods.end(),
                     [](const BenchMethod& a, const BenchMethod& b) {
                       const auto rank = [](const BenchMethod& method) {
                         static constexpr std::string_view kOrder[] = {
                             "memcpy", "xxh3", "is_zero", "ese", "lz4_comp", "lz4_dec"};
                         return std::find_if(std::begin(kOrder), std::end(kOrder),
                                             [&](std::string_view start) {
                                               return method.name.starts_with(start);
                                             }) -
                                std::begin(kOrder);
                       };
                       return rank(a) < rank(b);
                     });
  }

  const KernelBenchOptions& options_;
  JobMonitor& monitor_;
  AlignedBuffer source_, target_, packed_;
  BenchResults results_;
};

}  // namespace

Result<BenchResults> run_kernel_bench(const KernelBenchOptions& options, JobMonitor& monitor) {
  return KernelBench(options, monitor).run();
}

}  // namespace tintype
