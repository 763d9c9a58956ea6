// A flag of a command, and what its words do to the options. The same words come from the command
// line and from the environment, so that both pass the same checks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tintype {

struct Flag {
  enum class Kind : std::uint8_t { on_off, value, list };
  Kind kind;
  std::string names;                                  // "-v,--verbose"
  std::function<void(const std::string& word)> take;  // throws UsageError
  std::string rival = "";  // a flag that, when typed, silences this one's variable

  [[nodiscard]] std::string name() const;      // "--verbose"
  [[nodiscard]] std::string variable() const;  // "TINTYPE_VERBOSE"; "" if it has none
};

// The plain ones: a switch (which with `sets` false switches off), a text, a list of texts.
[[nodiscard]] Flag on_off(std::string names, bool& value, bool sets = true);
[[nodiscard]] Flag text_flag(std::string name, std::string& value);
[[nodiscard]] Flag list_flag(std::string name, std::vector<std::string>& values);

// "--cache SIZE" by one of option_values.h: value = parse("--cache", "SIZE").
template <class Value, class Parse>
[[nodiscard]] Flag value_flag(std::string name, Value& value, Parse parse) {
  return {Flag::Kind::value, name,
          [name, &value, parse](const std::string& word) { value = parse(name, word); }};
}

}  // namespace tintype
