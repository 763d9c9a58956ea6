// What holds for every partition table, however it lies.
#pragma once

#include <span>
#include <string>

#include "io/volume/volume.h"

namespace tintype::test {
// Reads the table and moves it to a larger disk. "" if the answers make sense, else what does not.
[[nodiscard]] std::string probe_partitions(const Volume& disk);

// Puts right checksums into the GPT header at this offset of a disk with sectors of 512 bytes, so
// that its lies are believed. Does nothing if it is too wrong to have any.
void seal_gpt_at(std::span<std::byte> disk, std::size_t header_at);
}  // namespace tintype::test
