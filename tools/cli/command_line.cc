// The only file that includes CLI11 (it costs eight seconds of compile time). CLI11 splits the
// words into flags and arguments; what they mean is said by the flags, so that a flag and its
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
                  const OptionTable::Entry& command) {
  const auto known = [&](std::string_view word) -> const Flag* {
    for (const auto* flags : {&table.common_flags, &command.spec.flags})
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
                         const OptionTable::Entry& command) {
  const std::string flag = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const Flag& known : table.common_flags) names.push_back(known.name());
  for (const Flag& known : command.spec.flags) names.push_back(known.name());
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view guess = nearest(flag, views);
  if (guess == flag)
    return fmt::format("{} stands before {}: its flags stand behind it", flag, command.row.name);
  std::string line = fmt::format("{} has no flag {}", command.row.name, flag);
  if (!guess.empty()) line += fmt::format("; did you mean {}?", guess);
  return line;
}

// Of "VOLUME TARGET" what is not there yet.
std::string_view words_from(const CommandSpec& spec, std::size_t there) {
  std::string_view words = spec.argument;
  for (; there > 0; --there) words.remove_prefix(words.find(' ') + 1);
  return words;
}

std::string unknown_command(const std::string& word, const OptionTable& table) {
  if (word.starts_with("-"))
    return fmt::format("the flag {} comes before the command, and there is none", word);
  std::vector<std::string_view> names;
  for (const OptionTable::Entry& command : table.commands) names.push_back(command.row.name);
  const std::string_view guess = nearest(word, names);
  return guess.empty() ? fmt::format("there is no command \"{}\"", word)
                       : fmt::format("there is no command \"{}\"; did you mean {}?", word, guess);
}

// The flags and commands of a table as CLI11 has them.
struct SplitLine {
  struct Typed {
    std::vector<BoundFlag> flags;
    CLI::Option* words;
  };
  CLI::App app;
  std::vector<BoundFlag> common;
  std::vector<Typed> commands;  // in the order of the table's
};

void declare(SplitLine& line, const OptionTable& table) {
  line.app.set_help_flag();
  line.app.allow_extras();
  line.app.require_subcommand(0, 1);
  line.common = declare(line.app, table.common_flags);
  for (const OptionTable::Entry& command : table.commands) {
    CLI::App* sub = line.app.add_subcommand(std::string(command.row.name));
    sub->set_help_flag();
    sub->fallthrough();  // the common flags may stand behind the command too
    sub->allow_extras();
    // No limits here: what is missing or too much is told in our words.
    line.commands.push_back(
        {declare(*sub, command.spec.flags),
         sub->add_option("argument")->expected(0, 1 << 28)->allow_extra_args()});
  }
}

void split(SplitLine& line, std::span<const std::string_view> words) {
  try {
    line.app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();  // "--to: 1 required ..."
    throw UsageError{fmt::format("{} lacks its value", what.substr(0, what.find(':')))};
  } catch (const CLI::ParseError& error) {
    throw UsageError{error.what()};
  }
}

// The arguments of a command, as many as it takes. `behind`: those behind "--".
std::vector<std::string> arguments_of(const OptionTable::Entry& command, const SplitLine& line,
                                      const SplitLine::Typed& typed,
                                      std::span<const std::string_view> behind,
                                      const OptionTable& table) {
  const CommandSpec& spec = command.spec;
  std::vector<std::string> words = typed.words->results();
  words.insert(words.end(), behind.begin(), behind.end());
  std::vector<std::string> rest = line.app.remaining(true);
  if (words.size() > spec.arguments_max) rest.push_back(words[spec.arguments_max]);
  for (const std::string& word : rest)
    throw UsageError{word.starts_with("-") && word.size() > 1
                         ? unknown_flag(word, table, command)
                         : fmt::format("{} takes {}: \"{}\" is one too many", command.row.name,
                                       spec.argument.empty() ? "no argument" : spec.argument,
                                       word)};
  return words;
}

void check_arguments(const OptionTable::Entry& command, const std::vector<std::string>& words) {
  if (words.size() < command.spec.arguments_min)
    throw UsageError{fmt::format("{} is missing: tintype {} {}",
                                 words_from(command.spec, words.size()), command.row.name,
                                 command.spec.argument)};
  for (const std::string& word : words)
    if (word.empty()) throw UsageError{fmt::format("an argument of {} is empty", command.row.name)};
}

// A command to run, or the text that was asked for instead: help, the version.
tl::expected<CommandLine, std::string> parse(std::span<const CommandRow> rows,
                                             std::span<const std::string_view> arguments,
                                             const Variables& variables, OptionTable& table) {
  SplitLine line;
  declare(line, table);
  // Behind "--" there are no flags: CLI11 never sees those words.
  const auto dashes = static_cast<std::size_t>(std::find(arguments.begin(), arguments.end(), "--") -
                                               arguments.begin());
  const auto before = arguments.first(dashes);
  const auto behind = arguments.subspan(std::min(dashes + 1, arguments.size()));
  split(line, before);
  take(line.common, variables);
  SharedOptions& shared = table.shared;
  if (shared.version) return tl::unexpected(fmt::format("{}\n", program_version()));
  const std::vector<CLI::App*> chosen = line.app.get_subcommands();
  if (chosen.empty()) {
    const std::vector<std::string> rest = line.app.remaining();
    if (!rest.empty()) throw UsageError{unknown_command(rest[0], table)};
    if (!shared.help) throw UsageError{"no command"};
    return tl::unexpected(program_help(rows));
  }
  OptionTable::Entry& command = *table.find(chosen[0]->get_name());
  if (shared.help) return tl::unexpected(command_help(command));
  check_values(before, table, command);
  const SplitLine::Typed& typed =
      line.commands[static_cast<std::size_t>(&command - table.commands.data())];
  const std::vector<std::string> words = arguments_of(command, line, typed, behind, table);
  take(typed.flags, variables);
  check_arguments(command, words);
  command.spec.take(words);
  command.spec.finish();
  // Nobody wants a bar beside events, or with -q; who asks for one gets it.
  CommonOptions& common = shared.common;
  if ((common.json || common.quiet) && common.progress == ProgressMode::automatic)
    common.progress = ProgressMode::none;
  return CommandLine{common, &command.row, std::move(command.command)};
}

// The command that was meant, with a space behind it; "" if none was.
std::string command_in(std::span<const std::string_view> words, OptionTable& table) {
  for (const std::string_view word : words)
    if (table.find(word) != nullptr) return fmt::format("{} ", word);
  return "";
}

bool wants_json(std::span<const std::string_view> arguments, const OptionTable& table) {
  return table.shared.common.json ||
         std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
}

}  // namespace

tl::expected<CommandLine, CommandLineReply> parse_command_line(
    std::span<const CommandRow> rows, std::span<const std::string_view> arguments,
    const Variables& variables) {
  // `tintype help COMMAND` is `tintype COMMAND --help`.
  std::vector<std::string_view> words(arguments.begin(), arguments.end());
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.push_back("--help");
  }
  OptionTable table(rows);
  try {
    auto line = parse(rows, words, variables, table);
    if (!line) return tl::unexpected(CommandLineReply{ExitCode::sound, std::move(line).error()});
    return *std::move(line);
  } catch (const UsageError& error) {
    return tl::unexpected(CommandLineReply{
        ExitCode::usage,
        fmt::format("{} (see tintype {}--help)", error.line, command_in(words, table)),
        wants_json(words, table)});
  }
}

std::vector<FlagName> flags_of(const CommandRow& row) {
  const OptionTable table({&row, 1});
  std::vector<FlagName> names;
  for (const auto* flags : {&table.common_flags, &table.commands[0].spec.flags})
    for (const Flag& flag : *flags) names.push_back({flag.name(), flag.variable()});
  return names;
}

}  // namespace tintype
