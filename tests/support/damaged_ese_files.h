// ESE files of every kind, a random half of them damaged at random: what a seed gives is always the
// same. Their names are such as their kind has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tintype::test {

struct DamagedEseFile {
  std::string name;  // of no two files the same
  std::vector<std::byte> content;
};

// A database, a log of either version, a checkpoint or a flush map, by the number.
[[nodiscard]] DamagedEseFile make_damaged_ese_file(std::uint32_t number, std::uint64_t seed);

}  // namespace tintype::test
