// The kernels a copied byte passes through, each beside memcpy of the same bytes: the ceiling.
// Working sets from 4 KiB (first-level cache) to 1 MiB (second level: a block that was just read).
#include <benchmark/benchmark.h>
#include <lz4.h>

#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "hashing/xxh3.h"
#include "hashing/zero_block.h"
#include "support/ese_generator.h"
#include "verify/ese/page/ese_block_code.h"
#include "verify/ese/page/ese_database_check.h"
#include "verify/ese/page/ese_page_sums.h"

namespace tintype {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;  // a chunk of an image

// Buffers begin on a page of memory, as those of the copy do: a vector that straddles two cache
// lines costs two loads.
template <class T>
struct PageAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{4096};
  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>&) {}
  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kAlignment));
  }
  void deallocate(T* memory, std::size_t) { ::operator delete(memory, kAlignment); }
  bool operator==(const PageAllocator&) const = default;
};
using Buffer = std::vector<std::byte, PageAllocator<std::byte>>;

Buffer generated(const test::EseDatabaseSpec& spec) {
  const auto file = test::EseDatabaseGenerator(spec).whole();
  return {file.begin(), file.end()};
}

Buffer database(std::size_t bytes, std::uint32_t page_bytes,
                test::EseFill fill = test::EseFill::database) {
  return generated({.file_bytes = bytes, .page_bytes = page_bytes, .fill = fill, .seed = 7});
}

void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes));
}

void memcpy_ceiling(benchmark::State& state) {
  const auto source = database(kBlockBytes, 32768);
  const auto bytes = static_cast<std::size_t>(state.range(0));
  Buffer target(bytes);
  for (auto _ : state) {
    std::memcpy(target.data(), source.data(), bytes);
    benchmark::DoNotOptimize(target.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, bytes);
}

void block_code(benchmark::State& state, const EseBlockCodeTier& tier, std::size_t block_bytes) {
  const auto source = database(kBlockBytes, 32768);
  const auto bytes = static_cast<std::size_t>(state.range(0));
  for (auto _ : state)
    for (std::size_t at = 0; at < bytes; at += block_bytes)
      benchmark::DoNotOptimize(tier.code(source.data() + at, block_bytes));
  count_bytes(state, bytes);
}

// All pages of a 1 MiB block, as the check of a database judges them.
void judge_pages(benchmark::State& state, std::uint32_t page_bytes, unsigned uninitialised) {
  const auto source = generated({.file_bytes = kBlockBytes,
                                 .page_bytes = page_bytes,
                                 .uninitialised_percent = uninitialised});
  const auto check =
      make_ese_database_check("bench", {.file_bytes = source.size(), .page_bytes = page_bytes});
  for (auto _ : state) benchmark::DoNotOptimize(check->scan(0, source));
  count_bytes(state, source.size());
}

void xxh3_of_block(benchmark::State& state) {
  const auto source = database(kBlockBytes, 32768);
  const auto bytes = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(xxh3_128(std::span(source).first(bytes)));
  count_bytes(state, bytes);
}

// A block hashed, then its pages judged: what a copy does to every byte.
void xxh3_and_judge(benchmark::State& state) {
  const auto source = database(kBlockBytes, 32768);
  const auto check =
      make_ese_database_check("bench", {.file_bytes = source.size(), .page_bytes = 32768});
  for (auto _ : state) {
    benchmark::DoNotOptimize(xxh3_128(source));
    benchmark::DoNotOptimize(check->scan(0, source));
  }
  count_bytes(state, source.size());
}

// The same page by page: the second look finds the page in the first-level cache.
void xxh3_and_judge_by_page(benchmark::State& state) {
  constexpr std::uint32_t kPageBytes = 32768;
  const auto source = database(kBlockBytes, kPageBytes);
  for (auto _ : state) {
    for (std::size_t at = 0; at < source.size(); at += kPageBytes) {
      const auto page = std::span(source).subspan(at, kPageBytes);
      benchmark::DoNotOptimize(xxh3_128(page));
      EsePageSums sums;
      sums.add(kPageBytes, 0, page);
      benchmark::DoNotOptimize(
          judge_ese_page(sums, kPageBytes, static_cast<std::uint32_t>(at / kPageBytes) - 1));
    }
  }
  count_bytes(state, source.size());
}

void zero_test(benchmark::State& state) {
  const Buffer source(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(is_zero(source));
  count_bytes(state, source.size());
}

void lz4_compress(benchmark::State& state, test::EseFill fill) {
  const auto source = database(kBlockBytes, 32768, fill);
  const auto* plain = reinterpret_cast<const char*>(source.data());
  std::vector<char> packed(static_cast<std::size_t>(LZ4_compressBound(kBlockBytes)));
  int size = 0;
  for (auto _ : state) {
    size = LZ4_compress_default(plain, packed.data(), kBlockBytes, static_cast<int>(packed.size()));
    benchmark::DoNotOptimize(size);
  }
  count_bytes(state, kBlockBytes);
  state.counters["ratio"] = static_cast<double>(size) / kBlockBytes;
}

void lz4_decompress(benchmark::State& state, test::EseFill fill) {
  const auto source = database(kBlockBytes, 32768, fill);
  const auto* plain = reinterpret_cast<const char*>(source.data());
  std::vector<char> packed(static_cast<std::size_t>(LZ4_compressBound(kBlockBytes)));
  const int size =
      LZ4_compress_default(plain, packed.data(), kBlockBytes, static_cast<int>(packed.size()));
  std::vector<char> unpacked(kBlockBytes);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        LZ4_decompress_safe(packed.data(), unpacked.data(), size, kBlockBytes));
  count_bytes(state, kBlockBytes);
}

void register_all() {
  const auto working_sets = [](benchmark::internal::Benchmark* bench) {
    bench->RangeMultiplier(4)->Range(4096, kBlockBytes);
  };
  working_sets(benchmark::RegisterBenchmark("memcpy", memcpy_ceiling));
  for (const EseBlockCodeTier& tier : ese_block_code_tiers()) {
    if (!tier.usable()) continue;
    for (const std::size_t block_bytes : {4096u, 8192u}) {
      const std::string name = std::string("ese_block_code/") + tier.name + "/" +
                               std::to_string(block_bytes / 1024) + "KiB_blocks";
      auto* bench = benchmark::RegisterBenchmark(name.c_str(), block_code, tier, block_bytes);
      bench->RangeMultiplier(4)->Range(static_cast<std::int64_t>(block_bytes), kBlockBytes);
    }
  }
  for (const std::uint32_t page_bytes : {2048u, 4096u, 8192u, 16384u, 32768u}) {
    const std::string name = "judge_pages/" + std::to_string(page_bytes / 1024) + "KiB";
    benchmark::RegisterBenchmark(name.c_str(), judge_pages, page_bytes, 0u);
    benchmark::RegisterBenchmark((name + "/uninitialised").c_str(), judge_pages, page_bytes, 100u);
  }
  working_sets(benchmark::RegisterBenchmark("xxh3_128", xxh3_of_block));
  benchmark::RegisterBenchmark("xxh3_128_and_judge", xxh3_and_judge);
  benchmark::RegisterBenchmark("xxh3_128_and_judge/page_by_page", xxh3_and_judge_by_page);
  working_sets(benchmark::RegisterBenchmark("is_zero/zeros", zero_test));
  for (const auto& [name, fill] : {std::pair{"database", test::EseFill::database},
                                   std::pair{"random", test::EseFill::random}}) {
    benchmark::RegisterBenchmark((std::string("lz4_compress/") + name).c_str(), lz4_compress, fill);
    benchmark::RegisterBenchmark((std::string("lz4_decompress/") + name).c_str(), lz4_decompress,
                                 fill);
  }
}

}  // namespace
}  // namespace tintype

int main(int argc, char** argv) {
  tintype::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
