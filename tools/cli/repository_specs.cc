#include "tools/cli/repository_specs.h"

#include <memory>

#include "tools/cli/option_values.h"

namespace tintype {
namespace {

Flag on(std::string names, bool& value) {
  const std::string name = names.substr(names.find("--"));
  return {Flag::Kind::on_off, std::move(names),
          [&value, name](const std::string& word) { value = parse_switch(name, word); }};
}

}  // namespace

CommandSpec init_spec() {
  auto command = std::make_shared<InitCommand>();
  CommandSpec spec{.name = "init", .argument = "REPO"};
  spec.flags = {on("--adopt", command->adopt)};
  spec.take = [command](std::vector<std::string> words) { command->repository = words[0]; };
  spec.finish = [command] { return *command; };
  return spec;
}

CommandSpec versions_spec(const CommonOptions& common) {
  auto command = std::make_shared<VersionsCommand>();
  CommandSpec spec{.name = "versions", .argument = "REPO"};
  spec.flags = {on("--remove-unfinished", command->remove_unfinished),
                on("-y,--yes", command->yes)};
  spec.take = [command](std::vector<std::string> words) { command->repository = words[0]; };
  spec.finish = [command, &common] {
    // All of them go, or none: what is unfinished has no manifest that a filter could ask.
    if (command->remove_unfinished && !common.sets.text().empty())
      throw UsageError{"--remove-unfinished takes no --host, --source or --type"};
    return *command;
  };
  return spec;
}

CommandSpec remove_spec() {
  auto command = std::make_shared<RemoveCommand>();
  CommandSpec spec{.name = "remove", .argument = "REPO::SET"};
  spec.flags = {on("--even-the-last", command->even_the_last), on("-y,--yes", command->yes),
                on("-n,--dry-run", command->dry_run)};
  spec.take = [command](std::vector<std::string> words) { command->what = words[0]; };
  spec.finish = [command] { return *command; };
  return spec;
}

}  // namespace tintype
