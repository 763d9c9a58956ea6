// The only file that includes CLI11 (it costs eight seconds of compile time). CLI11 splits the
// words into flags and arguments; what they mean is in option_table.cc, so that a flag and its
// variable pass the same checks and every message is ours.
#include "tools/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "engine/version.h"
#include "tools/cli/help_text.h"
#include "tools/cli/option_table.h"
#include "tools/cli/option_values.h"

namespace tintype {
namespace {

struct BoundFlag {
  const Flag* flag;
  CLI::Option* option;
};

std::vector<BoundFlag> declare(CLI::App& app, const std::vector<Flag>& flags) {
  std::vector<BoundFlag> bound;
  for (const Flag& flag : flags) {
    CLI::Option* option = nullptr;
    if (flag.kind == Flag::Kind::on_off) {
      option = app.add_flag(flag.names);
    } else {
      option = app.add_option(flag.names)->expected(1)->allow_extra_args(false);
      option->multi_option_policy(flag.kind == Flag::Kind::list ? CLI::MultiOptionPolicy::TakeAll
                                                                : CLI::MultiOptionPolicy::TakeLast);
    }
    bound.push_back({&flag, option});
  }
  return bound;
}

std::vector<std::string> words_of(const Flag& flag, const std::string& variable) {
  std::vector<std::string> words;
  if (flag.kind != Flag::Kind::list) return {variable};
  for (std::size_t at = 0; at <= variable.size();) {
    const std::size_t colon = std::min(variable.find(':', at), variable.size());
    if (colon > at) words.push_back(variable.substr(at, colon - at));
    at = colon + 1;
  }
  return words;
}

// What was typed counts; where nothing was, the variable.
void take(const std::vector<BoundFlag>& flags, const Variables& variables) {
  const auto typed = [&](const std::string& name) {
    return std::any_of(flags.begin(), flags.end(), [&](const BoundFlag& other) {
      return other.flag->name() == name && other.option->count() > 0;
    });
  };
  for (const auto& [flag, option] : flags) {
    if (option->count() > 0) {
      if (!flag->rival.empty() && typed(flag->rival))
        throw UsageError{fmt::format("{} and {} contradict each other", flag->name(), flag->rival)};
      const auto& words = option->results();
      const bool last_only = flag->kind == Flag::Kind::value;
      for (std::size_t i = last_only ? words.size() - 1 : 0; i < words.size(); ++i)
        flag->take(words[i]);
    } else if (const auto value =
                   flag->variable().empty() ? std::nullopt : variables(flag->variable());
               value && !value->empty() && (flag->rival.empty() || !typed(flag->rival))) {
      try {
        for (const std::string& word : words_of(*flag, *value)) flag->take(word);
      } catch (const UsageError& error) {
        throw UsageError{fmt::format("{} (from {})", error.line, flag->variable())};
      }
    }
  }
}

// What CLI11 would take for a value: "--to --full" has forgotten one. (Who means it writes
// "--to=--full".)
void check_values(std::span<const std::string_view> words, const OptionTable& table,
                  const CommandSpec& spec) {
  const auto known = [&](std::string_view word) -> const Flag* {
    for (const auto* flags : {&table.common_flags, &spec.flags})
      for (const Flag& flag : *flags)
        if (flag.name() == word) return &flag;
    return nullptr;
  };
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const bool named_only = words[i].ends_with('=');  // "--to="
    const Flag* const flag = known(named_only ? words[i].substr(0, words[i].size() - 1) : words[i]);
    if (flag == nullptr || flag->kind == Flag::Kind::on_off) continue;
    if (named_only) throw UsageError{fmt::format("{} lacks its value", flag->name())};
    ++i;
    if (known(words[i].substr(0, words[i].find('='))) != nullptr)
      throw UsageError{fmt::format("{} lacks its value: {} is a flag", flag->name(), words[i])};
  }
}

std::string unknown_flag(const std::string& word, const OptionTable& table,
                         const CommandSpec& spec) {
  const std::string flag = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const Flag& known : table.common_flags) names.push_back(known.name());
  for (const Flag& known : spec.flags) names.push_back(known.name());
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view guess = nearest(flag, views);
  if (guess == flag)
    return fmt::format("{} stands before {}: its flags stand behind it", flag, spec.name);
  return guess.empty() ? fmt::format("{} has no flag {}", spec.name, flag)
                       : fmt::format("{} has no flag {}; did you mean {}?", spec.name, flag, guess);
}

// Of "VOLUME TARGET" what is not there yet.
std::string_view words_from(const CommandSpec& spec, std::size_t there) {
  std::string_view words = spec.argument;
  for (; there > 0; --there) words.remove_prefix(words.find(' ') + 1);
  return words;
}

std::string unknown_command(const std::string& word) {
  if (word.starts_with("-"))
    return fmt::format("the flag {} comes before the command, and there is none", word);
  const std::string_view guess = nearest(word, kCommandNames);
  return guess.empty() ? fmt::format("there is no command \"{}\"", word)
                       : fmt::format("there is no command \"{}\"; did you mean {}?", word, guess);
}

CommandLine parse(std::span<const std::string_view> arguments, const Variables& variables,
                  OptionTable& table, std::string& help) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.require_subcommand(0, 1);
  std::vector<BoundFlag> common = declare(app, table.common_flags);
  std::vector<std::vector<BoundFlag>> flags;
  std::vector<CLI::Option*> positionals;
  for (const CommandSpec& spec : table.commands) {
    CLI::App* sub = app.add_subcommand(std::string(spec.name));
    sub->set_help_flag();
    sub->fallthrough();  // the common flags may stand behind the command too
    sub->allow_extras();
    flags.push_back(declare(*sub, spec.flags));
    // No limits here: what is missing or too much is told in our words.
    positionals.push_back(sub->add_option("argument")->expected(0, 1 << 28)->allow_extra_args());
  }

  // Behind "--" there are no flags: CLI11 never sees those words.
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> reversed(std::make_reverse_iterator(dashes), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();  // "--to: 1 required ..."
    throw UsageError{fmt::format("{} lacks its value", what.substr(0, what.find(':')))};
  } catch (const CLI::ParseError& error) {
    throw UsageError{error.what()};
  }
  take(common, variables);
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  if (table.version) {
    help = fmt::format("{}\n", program_version());
    return {};
  }
  if (chosen.empty()) {
    const std::vector<std::string> rest = app.remaining();
    if (!rest.empty()) throw UsageError{unknown_command(rest[0])};
    if (!table.help) throw UsageError{"no command"};
    help = help_text("");
    return {};
  }
  const auto index = static_cast<std::size_t>(
      std::find(std::begin(kCommandNames), std::end(kCommandNames), chosen[0]->get_name()) -
      std::begin(kCommandNames));
  CommandSpec& spec = table.commands[index];
  if (table.help) {
    help = help_text(spec.name);
    return {};
  }
  check_values({arguments.begin(), dashes}, table, spec);
  std::vector<std::string> words = positionals[index]->results();
  if (dashes != arguments.end()) words.insert(words.end(), dashes + 1, arguments.end());
  std::vector<std::string> rest = app.remaining(true);
  if (words.size() > spec.arguments_max) rest.push_back(words[spec.arguments_max]);
  for (const std::string& word : rest)
    throw UsageError{
        word.starts_with("-") && word.size() > 1
            ? unknown_flag(word, table, spec)
            : fmt::format("{} takes {}: \"{}\" is one too many", spec.name, spec.argument, word)};
  take(flags[index], variables);
  if (words.size() < spec.arguments_min)
    throw UsageError{fmt::format("{} is missing: tintype {} {}", words_from(spec, words.size()),
                                 spec.name, spec.argument)};
  for (const std::string& word : words)
    if (word.empty()) throw UsageError{fmt::format("an argument of {} is empty", spec.name)};
  spec.take(words);
  CommandLine line{table.common, spec.finish()};
  // Nobody wants a bar beside events, or with -q; who asks for one gets it.
  if ((line.common.json || line.common.quiet) && line.common.progress == ProgressMode::automatic)
    line.common.progress = ProgressMode::none;
  return line;
}

// The command that was meant, with a space behind it; "" if none was.
std::string command_in(std::span<const std::string_view> words) {
  const auto found = std::find_first_of(words.begin(), words.end(), std::begin(kCommandNames),
                                        std::end(kCommandNames));
  return found == words.end() ? "" : fmt::format("{} ", *found);
}

bool wants_json(std::span<const std::string_view> arguments, const OptionTable& table) {
  return table.common.json ||
         std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
}

}  // namespace

tl::expected<CommandLine, CommandLineReply> parse_command_line(
    std::span<const std::string_view> arguments, const Variables& variables) {
  // `tintype help COMMAND` is `tintype COMMAND --help`.
  std::vector<std::string_view> words(arguments.begin(), arguments.end());
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.push_back("--help");
  }
  OptionTable table;
  try {
    std::string help;
    CommandLine line = parse(words, variables, table, help);
    if (!help.empty()) return tl::unexpected(CommandLineReply{ExitCode::sound, help});
    return line;
  } catch (const UsageError& error) {
    return tl::unexpected(CommandLineReply{
        ExitCode::usage, fmt::format("{} (see tintype {}--help)", error.line, command_in(words)),
        wants_json(words, table)});
  }
}

std::vector<FlagName> flags_of(std::string_view command) {
  const OptionTable table;
  std::vector<FlagName> names;
  const auto add = [&](const std::vector<Flag>& flags) {
    for (const Flag& flag : flags) names.push_back({flag.name(), flag.variable()});
  };
  add(table.common_flags);
  for (const CommandSpec& spec : table.commands)
    if (spec.name == command) add(spec.flags);
  return names;
}

}  // namespace tintype
