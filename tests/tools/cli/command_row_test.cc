// A command that is nothing but a struct and a row is known everywhere: the parser, the overview,
// its own help, the program. What is wrong with rows is seen when they are compiled.
#include "tools/cli/command_row.h"

#include <gmock/gmock.h>

#include <array>
#include <type_traits>

#include "tests/tools/session/fake_env.h"
#include "tools/cli/command_line.h"
#include "tools/cli/help_text.h"
#include "tools/session/session.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct EchoCommand {
  std::string word;
  bool loud = false;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared) {
    CommandSpec spec{.argument = "WORD", .help = "tintype echo - say it\n", .examples = "Ex:\n"};
    spec.flags = {on_off("--loud", loud)};
    spec.take = one_word(word);
    spec.finish = [this, &shared] { loud = loud || shared.common.verbosity > 0; };
    return spec;
  }
};
ExitCode run_command(Session& session, const EchoCommand& command) {
  session.print(command.word + (command.loud ? "!\n" : "\n"));
  return session.finish(ExitCode::findings);
}

struct SighCommand {
  [[nodiscard]] CommandSpec spec(const SharedOptions&) { return {.arguments_min = 0}; }
};
ExitCode run_command(Session& session, const SighCommand&) {
  return session.finish(ExitCode::sound);
}

constexpr CommandRow kEcho{.name = "echo",
                           .arguments = "WORD",
                           .summary = "says it",
                           .begin = begin_command<EchoCommand>,
                           .takes_sets = true};
constexpr CommandRow kSigh{.name = "sigh",
                           .arguments = "[AS OFTEN AS THERE IS REASON]",
                           .summary = "says nothing",
                           .begin = begin_command<SighCommand>};
constexpr std::array kRows{kEcho, kSigh};

tl::expected<CommandLine, CommandLineReply> parse(const std::vector<std::string_view>& words) {
  return parse_command_line(kRows, words,
                            [](const std::string&) { return std::optional<std::string>(); });
}

TEST(CommandRow, IsAllThatACommandNeeds) {
  const auto line = parse({"echo", "hello", "--loud", "--host", "mail1"});
  ASSERT_TRUE(line) << line.error().text;
  EXPECT_EQ(line->row->name, "echo");
  EXPECT_EQ(line->common.sets.host, "mail1");
  test::FakeEnv env;
  Session session(env.env, line->common, line->row->name);
  EXPECT_EQ(line->command->run(session), ExitCode::findings);
  EXPECT_EQ(env.out.str(), "hello!\n");

  EXPECT_THAT(parse({"echo", "-v", "hi"})->command, testing::NotNull());
  EXPECT_THAT(parse({"ecko"}).error().text, HasSubstr("did you mean echo?"));
  EXPECT_THAT(parse({"echo"}).error().text, HasSubstr("WORD is missing: tintype echo WORD"));
  EXPECT_THAT(parse({"sigh", "--host", "x"}).error().text, HasSubstr("sigh has no flag --host"));
}

TEST(CommandRow, IsItsLineInTheOverviewAndItsHelp) {
  EXPECT_THAT(program_help(kRows),
              HasSubstr("\nCommands:\n"
                        "  echo WORD                      says it\n"
                        "  sigh [AS OFTEN AS THERE IS REASON]\n"
                        "                                 says nothing\n"
                        "  help COMMAND                   all about one command\n\n"));
  const std::string echo = parse({"help", "echo"}).error().text;
  EXPECT_THAT(echo, testing::StartsWith("tintype echo - say it\nWhich sets, "));
  EXPECT_THAT(echo, HasSubstr("\nCommon flags:\n"));
  EXPECT_THAT(echo, HasSubstr("\nEx:\nExit codes:\n"));
  EXPECT_THAT(parse({"sigh", "--help"}).error().text, Not(HasSubstr("--host")));
}

// The very question that the registry's static_assert asks.
constexpr std::string_view fault_beside_echo(CommandRow row) {
  return fault_in(std::array{kEcho, row});
}
constexpr CommandRow with(CommandRow row, std::string_view name, std::string_view summary) {
  row.name = name;
  row.summary = summary;
  return row;
}
static_assert(fault_in(kRows).empty());
static_assert(fault_beside_echo(with(kSigh, "echo", "x")) == "two rows of one name");
static_assert(fault_beside_echo(with(kSigh, "", "x")) == "a row without a name of its own");
static_assert(fault_beside_echo(with(kSigh, "help", "x")) == "a row without a name of its own");
static_assert(fault_beside_echo(with(kSigh, "--sigh", "x")) == "a name that is no word");
static_assert(fault_beside_echo(with(kSigh, "si gh", "x")) == "a name that is no word");
static_assert(fault_beside_echo(with(kSigh, "sigh", "")) == "a row without a summary");
static_assert(!std::is_default_constructible_v<CommandRow>);  // a row without a command

TEST(CommandRows, TwoOfOneCommandAreSeen) {
  EXPECT_FALSE(share_a_command(kRows));
  EXPECT_TRUE(share_a_command(std::array{kEcho, with(kEcho, "shout", "x")}));
}

}  // namespace
}  // namespace tintype
