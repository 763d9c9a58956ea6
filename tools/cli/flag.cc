#include "tools/cli/flag.h"

#include "tools/cli/option_values.h"

namespace tintype {

std::string Flag::name() const {
  return names.substr(names.find("--"));
}

std::string Flag::variable() const {
  if (name() == "--help" || name() == "--version") return {};
  std::string variable = "TINTYPE_";
  for (const char c : name().substr(2))
    variable += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return variable;
}

Flag on_off(std::string names, bool& value, bool sets) {
  const std::string name = names.substr(names.find("--"));
  return {Flag::Kind::on_off, std::move(names), [&value, sets, name](const std::string& word) {
            value = parse_switch(name, word) == sets;
          }};
}

Flag text_flag(std::string name, std::string& value) {
  return {Flag::Kind::value, std::move(name), [&value](const std::string& word) { value = word; }};
}

Flag list_flag(std::string name, std::vector<std::string>& values) {
  return {Flag::Kind::list, std::move(name),
          [&values](const std::string& word) { values.push_back(word); }};
}

}  // namespace tintype
