#include "support/ese_generator.h"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace tintype::test {
namespace {

// SplitMix64: small, fast, and the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

void fill_random(std::span<std::byte> bytes, Random& random) {
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    const std::uint64_t value = random();
    std::memcpy(bytes.data() + at, &value, std::min<std::size_t>(8, bytes.size() - at));
  }
}

// Records of 96 bytes: 56 that all records share, as fixed columns and keys do, and 40 that do not.
void fill_records(std::span<std::byte> bytes, Random& random) {
  constexpr std::string_view kShared = "IPM.Note Inbox /o=Example/ou=Exchange Grup/cn=Recipients";
  static_assert(kShared.size() == 56);
  while (!bytes.empty()) {
    const std::size_t shared = std::min(bytes.size(), kShared.size());
    std::memcpy(bytes.data(), kShared.data(), shared);
    bytes = bytes.subspan(shared);
    const std::size_t own = std::min<std::size_t>(bytes.size(), 40);
    fill_random(bytes.first(own), random);
    bytes = bytes.subspan(own);
  }
}

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t word) {
  return load_le<std::uint32_t>(bytes, word * 4);
}

std::uint32_t xor32(std::span<const std::byte> unit) {
  std::uint32_t x = 0x89ABCDEF;
  for (std::size_t i = 1; i < unit.size() / 4; ++i) x ^= word_at(unit, i);
  return x;
}

// Word by word: the bits of a word share the upper part of their numbers.
std::uint64_t block_checksum(std::span<const std::byte> block, bool first,
                             std::uint32_t page_number) {
  std::uint32_t x = 0, low = 0;
  bool odd = false;
  for (std::size_t i = first ? 2 : 0; i < block.size() / 4; ++i) {
    const std::uint32_t word = word_at(block, i);
    x ^= word;
    if (__builtin_parity(word) != 0) {
      low ^= static_cast<std::uint32_t>(i) << 5;
      odd = !odd;
    }
  }
  for (std::uint32_t bit = 0; bit < 32; ++bit)
    if ((x >> bit & 1) != 0) low ^= bit;
  const std::uint32_t high = odd ? low ^ static_cast<std::uint32_t>(8 * block.size() - 1) : low;
  return std::uint64_t{high << 16 | low} << 32 | (x ^ page_number);
}

std::uint64_t offset_of(std::int64_t page_number, std::uint32_t page_bytes) {
  return static_cast<std::uint64_t>(page_number + 1) * page_bytes;
}

}  // namespace

EseCodeByBits ese_code_by_bits(std::span<const std::byte> block) {
  EseCodeByBits code;
  const auto mask = static_cast<std::uint32_t>(8 * block.size() - 1);
  std::uint32_t low = 0, high = 0;
  for (std::uint32_t number = 0; number <= mask; ++number) {
    if ((std::to_integer<unsigned>(block[number / 8]) >> (number % 8) & 1) == 0) continue;
    low ^= number;
    high ^= ~number & mask;
    code.x ^= 1u << (number % 32);
  }
  code.ecc = high << 16 | low;
  return code;
}

void seal_ese_page(std::span<std::byte> page, std::uint32_t page_number) {
  store_le<std::uint32_t>(page, 36, load_le<std::uint32_t>(page, 36) | 0x2000);
  const std::size_t block_bytes = page.size() <= 8192 ? page.size() : page.size() / 4;
  for (std::size_t i = 1; i < page.size() / block_bytes; ++i)
    store_le(page, 32 + 8 * i,
             block_checksum(page.subspan(i * block_bytes, block_bytes), false, page_number));
  store_le(page, 0, block_checksum(page.first(block_bytes), true, page_number));
}

void seal_ese_legacy_page(std::span<std::byte> page, std::uint32_t page_number) {
  store_le<std::uint32_t>(page, 36, load_le<std::uint32_t>(page, 36) & ~std::uint32_t{0x2000});
  store_le(page, 4, page_number);
  store_le(page, 0, xor32(page));
}

void seal_ese_header(std::span<std::byte> unit) {
  store_le(unit, 0, xor32(unit));
}

EseDatabaseGenerator::EseDatabaseGenerator(const EseDatabaseSpec& spec) : spec_(spec) {}

void EseDatabaseGenerator::make_header(std::span<std::byte> page) const {
  std::ranges::fill(page, std::byte{0});
  DatabaseHeader header{};
  const LogTime created{.second = 26, .minute = 47, .hour = 18, .day = 18, .month = 3, .year = 113};
  header.magic = kEseMagic;
  header.version = kEseVersion;
  header.dbtime_dirtied = file_pages() + 1000;
  header.db_signature.random = static_cast<std::uint32_t>(Random(spec_.seed)());
  header.db_signature.creation = created;
  header.state = static_cast<std::uint32_t>(spec_.state);
  header.dbid = spec_.state == EseState::just_created ? 0 : 1;
  if (header.dbid != 0) {
    header.log_signature.random = spec_.log_signature;
    header.log_signature.creation = created;
  }
  header.update_major = 20;
  header.page_bytes = spec_.page_bytes;
  if (spec_.state == EseState::dirty_shutdown || spec_.state == EseState::dirty_and_patched) {
    header.gen_min_required = spec_.gen_min_required;
    header.gen_max_required = spec_.gen_max_required;
    header.gen_max_committed = spec_.gen_max_committed;
    header.gen_min_consistent = spec_.gen_min_required;
    header.attach.generation = 1;
  }
  header.create_version = kEseVersion;
  header.create_update = 20;
  header.file_type = static_cast<std::uint32_t>(EseFileType::database);
  std::memcpy(page.data(), &header, sizeof header);
  seal_ese_header(page);
}

void EseDatabaseGenerator::make_page(std::uint64_t file_page, std::span<std::byte> page) const {
  if (file_page < 2) return make_header(page);
  Random random(spec_.seed * 0x100000001B3 + file_page);
  if (random() % 100 < spec_.uninitialised_percent) {
    std::ranges::fill(page, std::byte{0});
    return;
  }
  switch (spec_.fill) {
    case EseFill::database:
      fill_records(page, random);
      break;
    case EseFill::random:
      fill_random(page, random);
      break;
    case EseFill::letter:
      std::ranges::fill(page, std::byte{'H'});
      break;
  }
  const auto page_number = static_cast<std::uint32_t>(file_page - 1);
  const bool large = page.size() > 8192;
  std::ranges::fill(page.first(large ? 80 : 40), std::byte{0});
  store_le<std::uint64_t>(page, 8, 1000 + random() % (file_pages() + 1));  // dbtime
  store_le(page, 16, page_number - 1);
  store_le(page, 20, page_number + 1);
  store_le<std::uint32_t>(page, 24, 2 + page_number / 100);                // objid
  store_le<std::uint32_t>(page, 36, 0x802 | (page_number % 3 + 1) << 15);  // leaf, flush type
  if (large) store_le(page, 64, page_number);
  const bool legacy = !large && (spec_.checksums == EseChecksumKind::legacy_xor ||
                                 (spec_.checksums == EseChecksumKind::mixed && file_page % 3 == 0));
  if (legacy)
    seal_ese_legacy_page(page, page_number);
  else
    seal_ese_page(page, page_number);
}

std::vector<std::byte> EseDatabaseGenerator::whole() const {
  std::vector<std::byte> file(spec_.file_bytes, std::byte{0xE5});
  for (std::uint64_t i = 0; i < file_pages(); ++i)
    make_page(i, std::span(file).subspan(i * spec_.page_bytes, spec_.page_bytes));
  return file;
}

void EseDatabaseGenerator::write_to(int fd) const {
  std::vector<std::byte> piece(std::size_t{4} << 20, std::byte{0xE5});
  const std::uint64_t pages_in_piece = piece.size() / spec_.page_bytes;
  std::uint64_t written = 0;
  for (std::uint64_t first = 0; written < spec_.file_bytes; first += pages_in_piece) {
    for (std::uint64_t i = 0; i < pages_in_piece && first + i < file_pages(); ++i)
      make_page(first + i, std::span(piece).subspan(i * spec_.page_bytes, spec_.page_bytes));
    std::size_t size = std::min<std::uint64_t>(piece.size(), spec_.file_bytes - written);
    for (const std::byte* at = piece.data(); size != 0;) {
      const ssize_t done = ::pwrite(fd, at, size, static_cast<off_t>(written));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) throw std::system_error(errno, std::generic_category(), "write");
      at += done;
      size -= static_cast<std::size_t>(done);
      written += static_cast<std::uint64_t>(done);
    }
  }
}

namespace {

// A damage named in words, cut at its colons.
struct NamedDamage {
  std::string name;
  std::vector<std::int64_t> numbers;

  explicit NamedDamage(std::string_view text) {
    const std::string whole(text);
    name = whole.substr(0, whole.find(':'));
    for (std::size_t colon = whole.find(':'); colon != std::string::npos;
         colon = whole.find(':', colon + 1))
      numbers.push_back(std::stoll(whole.substr(colon + 1)));
  }
  [[nodiscard]] std::int64_t number(std::size_t index) const {
    if (index >= numbers.size()) throw std::invalid_argument("damage " + name + " lacks a number");
    return numbers[index];
  }
  [[nodiscard]] std::int64_t number_or(std::size_t index, std::int64_t otherwise) const {
    return index < numbers.size() ? numbers[index] : otherwise;
  }
};

class Damager {
 public:
  Damager(std::span<std::byte> file, std::uint32_t page_bytes)
      : file_(file), page_bytes_(page_bytes) {}

  std::span<std::byte> page(std::int64_t number) const {
    const std::uint64_t offset = offset_of(number, page_bytes_);
    if (number < -1 || offset + page_bytes_ > file_.size())
      throw std::invalid_argument("no page " + std::to_string(number));
    return file_.subspan(offset, page_bytes_);
  }
  std::span<std::byte> sector(std::int64_t page_number, std::int64_t index) const {
    return page(page_number)
        .subspan(static_cast<std::size_t>(index) % (page_bytes_ / 512) * 512, 512);
  }
  void flip(std::int64_t page_number, std::int64_t bit) const {
    const auto at = static_cast<std::size_t>(bit) % (std::size_t{page_bytes_} * 8);
    page(page_number)[at / 8] ^= std::byte{1} << (at % 8);
  }
  void mark_as(std::int64_t page_number, std::int64_t other) const {
    const auto bytes = page(page_number);
    const bool legacy = (load_le<std::uint32_t>(bytes, 36) & 0x2000) == 0;
    if (page_bytes_ > 8192) {
      store_le(bytes, 64, static_cast<std::uint32_t>(other));
      seal_ese_page(bytes, static_cast<std::uint32_t>(page_number));
    } else if (legacy) {
      seal_ese_legacy_page(bytes, static_cast<std::uint32_t>(other));
    } else {
      seal_ese_page(bytes, static_cast<std::uint32_t>(other));
    }
  }
  void make_trailer() const {
    const auto bytes = page(static_cast<std::int64_t>(file_.size() / page_bytes_) - 2);
    std::ranges::fill(bytes, std::byte{0});
    store_le<std::uint32_t>(bytes, 56, 3);  // generations of the backup
    store_le<std::uint32_t>(bytes, 60, 5);
    seal_ese_header(bytes);
  }

 private:
  std::span<std::byte> file_;
  std::uint32_t page_bytes_;
};

}  // namespace

void damage_ese(std::span<std::byte> file, std::uint32_t page_bytes, std::string_view damage) {
  const NamedDamage what(damage);
  const Damager on(file, page_bytes);
  if (what.name == "badchecksum") {
    const auto page = on.page(what.number(0));
    for (std::size_t i = 0; i < 5; ++i) page[page.size() / 2 + 7 * i] ^= std::byte{0x5A};
  } else if (what.name == "flipbit") {
    on.flip(what.number(0), what.number_or(1, 12345));
  } else if (what.name == "zeropage") {
    std::ranges::fill(on.page(what.number(0)), std::byte{0});
  } else if (what.name == "swappages") {
    std::ranges::swap_ranges(on.page(what.number(0)), on.page(what.number(1)));
  } else if (what.name == "wrongpgno") {
    on.mark_as(what.number(0), what.number_or(1, what.number(0) + 1));
  } else if (what.name == "garbagesector" || what.name == "sector-lost") {
    const auto sector = on.sector(what.number(0), what.number_or(1, 3));
    Random random(static_cast<std::uint64_t>(what.number(0)));
    if (what.name == "garbagesector")
      fill_random(sector, random);
    else
      std::ranges::fill(sector, std::byte{0});
  } else if (what.name == "header-primary" || what.name == "header-shadow" ||
             what.name == "header-both") {
    if (what.name != "header-shadow") on.flip(-1, 8 * 300);
    if (what.name != "header-primary") on.flip(0, 8 * 301);
  } else if (what.name == "trailer") {
    on.make_trailer();
  } else {
    throw std::invalid_argument("unknown damage " + what.name);
  }
}

}  // namespace tintype::test
