#include "tools/cli/help_text.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tools/cli/command_line.h"
#include "tools/text/exit_code.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;

TEST(HelpText, FitsEightyColumns) {
  std::vector<std::string_view> pages(std::begin(kCommandNames), std::end(kCommandNames));
  pages.push_back("");
  for (const std::string_view page : pages) {
    std::istringstream lines(help_text(page));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80u) << line;
  }
}

TEST(HelpText, NamesEveryFlagAndNoOther) {
  for (const std::string_view command : kCommandNames) {
    const std::string text = help_text(command);
    std::vector<std::string> known;
    for (const FlagName& name : flags_of(command)) {
      known.push_back(name.flag);
      EXPECT_THAT(text, HasSubstr(name.flag)) << command;
    }
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      if (!word.starts_with("--") || word.size() < 4) continue;
      word.resize(word.find_last_not_of(",.;:)") + 1);
      EXPECT_THAT(known, testing::Contains(word)) << "in the help of " << command;
    }
  }
}

TEST(HelpText, EndsWithExamplesAndExitCodes) {
  for (const std::string_view command : kCommandNames) {
    const std::string text = help_text(command);
    EXPECT_THAT(text, HasSubstr("Examples:\n  tintype " + std::string(command)));
    for (const ExitCodeRow& row : kExitCodes)
      EXPECT_THAT(text, HasSubstr(std::string(row.meaning)));
  }
  for (const std::string_view command : kCommandNames)
    EXPECT_THAT(help_text(""), HasSubstr("\n  " + std::string(command) + " "));
}

}  // namespace
}  // namespace tintype
