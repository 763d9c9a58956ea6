// Looks at an image in memory as a distrustful verifier would, and forges images for it to look at.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/image/image_format.h"
#include "engine/image/image_parse.h"

namespace tintype::test {

[[nodiscard]] image::ReadAt read_from(const std::vector<std::byte>& image);
[[nodiscard]] Result<image::ParsedImage> parse(const std::vector<std::byte>& image);

// Which check refused the image: in the order in which a verification runs them.
enum class Caught : std::uint8_t { nowhere, by_open, by_head, by_chunk };
struct Verdict {
  Caught caught = Caught::nowhere;
  std::string error;              // by_open: its line
  std::vector<std::byte> volume;  // nowhere: the volume
};
// open, then expected_head and open_chunk of every chunk.
[[nodiscard]] Verdict examine(const std::vector<std::byte>& image);

// What a forger does after changing fields: makes every check and digest right again, as far as
// the fields still lead to them.
void resign(std::vector<std::byte>& image);

// A frame of a whole image, in place.
[[nodiscard]] image::HeaderFrame& header_of(std::vector<std::byte>& image);
[[nodiscard]] image::FooterFrame& footer_of(std::vector<std::byte>& image);

}  // namespace tintype::test
