#include "tools/cli/help_text.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tools/cli/command_line.h"
#include "tools/commands/registry.h"
#include "tools/text/exit_code.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;

std::string help_of(const CommandRow& row) {
  return command_help(OptionTable({&row, 1}).commands[0]);
}

TEST(HelpText, FitsEightyColumns) {
  std::vector<std::string> pages{program_help(command_rows())};
  for (const CommandRow& row : command_rows()) pages.push_back(help_of(row));
  for (const std::string& page : pages) {
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80u) << line;
  }
}

TEST(HelpText, NamesEveryFlagAndNoOther) {
  for (const CommandRow& row : command_rows()) {
    const std::string text = help_of(row);
    std::vector<std::string> known;
    for (const FlagName& name : flags_of(row)) {
      known.push_back(name.flag);
      EXPECT_THAT(text, HasSubstr(name.flag)) << row.name;
    }
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      if (!word.starts_with("--") || word.size() < 4) continue;
      word.resize(word.find_last_not_of(",.;:)") + 1);
      EXPECT_THAT(known, testing::Contains(word)) << "in the help of " << row.name;
    }
  }
}

TEST(HelpText, EndsWithExamplesAndExitCodes) {
  for (const CommandRow& row : command_rows()) {
    const std::string text = help_of(row);
    EXPECT_THAT(text, HasSubstr("Examples:\n  tintype " + std::string(row.name)));
    for (const ExitCodeRow& code : kExitCodes)
      EXPECT_THAT(text, HasSubstr(std::string(code.meaning)));
  }
  for (const CommandRow& row : command_rows())
    EXPECT_THAT(program_help(command_rows()), HasSubstr("\n  " + std::string(row.name) + " "));
}

}  // namespace
}  // namespace tintype
