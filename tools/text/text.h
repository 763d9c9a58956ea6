// Text that came from outside, made safe to print. Paths and labels out of volumes, manifests and
// images may hold any byte: they must neither steer a terminal nor break a line of JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tintype {

// Length of the well-formed UTF-8 sequence at the front of `text`; 0 if there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;
// For people: control characters become \xNN, bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);
// A JSON string with its quotes; bytes that are no UTF-8 become \ufffd.
[[nodiscard]] std::string json_string(std::string_view text);

// Columns on a terminal, taking every character as one column wide.
[[nodiscard]] std::size_t columns(std::string_view text) noexcept;
// At most `width` columns; what is cut away is shown as "...": at the end, or in the middle
// (paths: both ends tell).
[[nodiscard]] std::string cut_end(std::string_view text, std::size_t width);
[[nodiscard]] std::string cut_middle(std::string_view text, std::size_t width);
// `text` and spaces up to `width` columns.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);
// `text` broken between words into lines of at most `width` columns, each but the first indented by
// `indent`: the caller has printed a label of that width in front of the first.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace tintype
