// Makes ESE database files of any size, sealed by checksum code of its own that shares nothing
// with verify/, and damages them in known ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "verify/ese/ese_header.h"

namespace tintype::test {

enum class EseChecksumKind { ecc, legacy_xor, mixed };  // mixed: every third page is legacy
enum class EseFill {
  database,  // records half of which repeat: LZ4 about halves them
  random,    // nothing repeats
  letter,    // one letter everywhere, as ESE fills unused space
};

struct EseDatabaseSpec {
  std::uint64_t file_bytes = 4 << 20;  // what is left behind the last whole page is garbage
  std::uint32_t page_bytes = 32768;
  EseChecksumKind checksums = EseChecksumKind::ecc;  // large pages are always ecc
  EseFill fill = EseFill::database;
  unsigned uninitialised_percent = 0;
  std::uint64_t seed = 1;
  EseState state = EseState::clean_shutdown;
  std::uint32_t gen_min_required = 3;  // these three are zero in a clean database
  std::uint32_t gen_max_required = 5;
  std::uint32_t gen_max_committed = 5;
  std::uint32_t log_signature = 0x1234567;  // random part of the stream's signature
};

// Every page is a function of the spec and its number, so files need not fit in memory.
class EseDatabaseGenerator {
 public:
  explicit EseDatabaseGenerator(const EseDatabaseSpec& spec);

  [[nodiscard]] std::uint64_t file_pages() const { return spec_.file_bytes / spec_.page_bytes; }
  // `file_page` 0 is the header, 1 the shadow header.
  void make_page(std::uint64_t file_page, std::span<std::byte> page) const;
  [[nodiscard]] std::vector<std::byte> whole() const;
  // Writes the whole file from the start of `fd`. Throws if it cannot.
  void write_to(int fd) const;

 private:
  void make_header(std::span<std::byte> page) const;

  EseDatabaseSpec spec_;
};

// ---- sealing, as ESE does it before a page is written ----
void seal_ese_page(std::span<std::byte> page, std::uint32_t page_number);         // new format
void seal_ese_legacy_page(std::span<std::byte> page, std::uint32_t page_number);  // XOR32 + number
void seal_ese_header(std::span<std::byte> unit);                                  // XOR32
// The block code by its definition, bit by bit: (H << 16 | L, X).
struct EseCodeByBits {
  std::uint32_t ecc = 0;
  std::uint32_t x = 0;
};
[[nodiscard]] EseCodeByBits ese_code_by_bits(std::span<const std::byte> block);

// ---- damage ----
// `damage` is a name with numbers behind colons; P and Q are page numbers as the engine counts.
//   badchecksum:P         a few bytes in the middle of the page change
//   flipbit:P[:BIT]       one bit, 12345 modulo the page if not named
//   zeropage:P            lost: all zero
//   swappages:P:Q         each stands in the other's place
//   wrongpgno:P[:N]       marked and sealed as page N, P+1 if not named; a large page keeps a
//                         checksum that is right for its place
//   garbagesector:P[:S]   sector S of 512 bytes is random
//   header-primary  header-shadow  header-both    one bit of the header
//   trailer               the last page becomes the trailer of a streaming backup
//   sector-lost:P[:S]     sector S is zero
// Throws std::invalid_argument for anything else.
void damage_ese(std::span<std::byte> file, std::uint32_t page_bytes, std::string_view damage);

}  // namespace tintype::test
