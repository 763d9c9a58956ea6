#include "support/damaged_ese_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "support/ese_generator.h"
#include "support/ese_log_generator.h"

namespace tintype::test {
namespace {

using Random = std::mt19937_64;
using Bytes = std::vector<std::byte>;

// One damage of a unit (page, segment, copy) as media and mistakes make them.
void damage_unit(std::span<std::byte> file, std::size_t unit_bytes, Random& random) {
  const std::size_t units = file.size() / unit_bytes;
  const std::size_t index = random() % units;
  const auto unit = file.subspan(index * unit_bytes, unit_bytes);
  switch (random() % 6) {
    case 0:
      unit[random() % unit_bytes] ^= std::byte{1} << (random() % 8);
      break;
    case 1:  // near its start, where checksums and flags are
      unit[random() % 80] ^= std::byte{1} << (random() % 8);
      break;
    case 2:
      std::ranges::fill(unit, std::byte{0});
      break;
    case 3:
      for (std::byte& b : unit.subspan(random() % (unit_bytes - 511), 512))
        b = static_cast<std::byte>(random());
      break;
    case 4: {  // the place of another
      const std::size_t from = random() % units;
      std::ranges::copy(file.subspan(from * unit_bytes, unit_bytes), unit.begin());
      break;
    }
    default:  // a lost sector
      std::ranges::fill(unit.subspan(random() % (unit_bytes / 512) * 512, 512), std::byte{0});
  }
}

void damage_units(Bytes& file, std::size_t unit_bytes, Random& random) {
  for (auto damages = random() % 5; damages > 1; --damages) damage_unit(file, unit_bytes, random);
}

// Cut anywhere, or grown; a header's worth stays.
void cut(Bytes& file, std::size_t bytes_min, Random& random) {
  const std::size_t bytes = bytes_min + random() % (file.size() - bytes_min + 5000);
  file.resize(bytes, static_cast<std::byte>(random()));
}

Bytes make_database(Random& random) {
  const std::uint32_t page_bytes = 2048u << (random() % 5);
  const std::uint64_t pages = 12 + random() % 24;
  const EseDatabaseSpec spec{
      .file_bytes = pages * page_bytes + random() % 2 * 1024,
      .page_bytes = page_bytes,
      .checksums = static_cast<EseChecksumKind>(random() % 3),
      .fill = static_cast<EseFill>(random() % 3),
      .uninitialised_percent = static_cast<unsigned>(random() % 50),
      .seed = random(),
      .state = random() % 2 == 0 ? EseState::clean_shutdown : EseState::dirty_shutdown};
  Bytes file = EseDatabaseGenerator(spec).whole();
  damage_units(file, page_bytes, random);
  if (random() % 10 == 0) {
    const std::string page = std::to_string(1 + random() % 8);
    damage_ese(file, page_bytes, "wrongpgno:" + page);
  }
  if (random() % 10 == 0)
    damage_ese(file, page_bytes,
               std::vector{"header-primary", "header-shadow", "header-both"}[random() % 3]);
  if (random() % 10 == 0) damage_ese(file, page_bytes, "trailer");
  if (random() % 10 == 0) cut(file, 3 * page_bytes, random);
  return file;
}

Bytes make_log(Random& random) {
  const auto generation = 10 + static_cast<std::int32_t>(random() % 500);
  Bytes file = make_ese_log({.generation = generation,
                             .segments = static_cast<std::uint16_t>(random() % 31),
                             .tail = static_cast<EseLogTail>(random() % 3)})
                   .file;
  damage_units(file, 4096, random);
  if (random() % 8 == 0) {  // a segment of a log nearby, in its own place
    const std::size_t slot = 1 + random() % 30;
    const auto other = make_ese_log(
        {.generation = generation - 1 + static_cast<std::int32_t>(random() % 3), .segments = 30});
    std::ranges::copy(std::span(other.file).subspan(slot * 4096, 4096),
                      file.begin() + static_cast<std::ptrdiff_t>(slot * 4096));
  }
  if (random() % 10 == 0) cut(file, 4096, random);
  return file;
}

Bytes make_old_log(Random& random) {
  Bytes file = make_ese_log_v7(7, 1 + static_cast<std::uint32_t>(random() % 10), random());
  if (random() % 2 == 0) damage_units(file, 512, random);
  if (random() % 10 == 0) cut(file, 4096, random);
  return file;
}

Bytes make_checkpoint(Random& random) {
  LgPos position{};
  position.generation = 1 + static_cast<std::int32_t>(random() % 1000);
  Bytes file = make_ese_checkpoint(position);
  damage_units(file, 4096, random);
  if (random() % 8 == 0) {  // only one of the copies was written
    position.generation = position.generation + 1;
    const Bytes newer = make_ese_checkpoint(position);
    std::copy(newer.begin(), newer.begin() + 4096, file.begin());
  }
  if (random() % 10 == 0) cut(file, 4096, random);
  return file;
}

Bytes make_flush_map(Random& random) {
  Bytes file = make_ese_flush_map(1 + static_cast<std::uint32_t>(random() % 6), random());
  damage_units(file, 8192, random);
  if (random() % 10 == 0) cut(file, 8192, random);
  return file;
}

}  // namespace

DamagedEseFile make_damaged_ese_file(std::uint32_t number, std::uint64_t seed) {
  Random random(seed * 1000003 + number);
  switch (number % 10) {
    case 0:
    case 1:
    case 2:
    case 3:
      return {fmt::format("DB{}.edb", number), make_database(random)};
    case 4:
    case 5:
    case 6:
      return {fmt::format("E00{:08X}.log", number), make_log(random)};
    case 7:
      return {fmt::format("E01{:08X}.log", number), make_old_log(random)};
    case 8:
      return {fmt::format("{:03d}.chk", number / 10), make_checkpoint(random)};
    default:
      return {fmt::format("DB{}.jfm", number), make_flush_map(random)};
  }
}

}  // namespace tintype::test
