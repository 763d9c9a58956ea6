// The checksum that a small JSON text carries in itself: its last member is XXH3-128 of every byte
// before it.
//
//   {"format":2, … ,"checksum":"<32 lowercase hexadecimal digits>"}\n
//   \________ these bytes ____/\_____________ exactly this _________/
//
// There is one way to write it, so that no bit of such a text can change unseen. The length of the
// tail is fixed: it is found from the end, before a parser has seen a byte. That a text must have a
// checksum at all is for its reader to demand, by its format: a flip inside the member's name
// leaves a text without one.
#pragma once

#include <string>
#include <string_view>

namespace tintype {

enum class TextChecksum { absent, wrong, right };

// `json` is one object with at least one member; blanks behind it are dropped.
[[nodiscard]] std::string with_checksum(std::string json);
[[nodiscard]] TextChecksum judge_checksum(std::string_view text);

}  // namespace tintype
