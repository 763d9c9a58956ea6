#include "tools/cli/bench_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>

#include "tools/cli/option_values.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

using Kind = BenchCommand::Kind;

constexpr std::size_t kListMax = 32;  // values in one list

struct KindName {
  std::string_view name;
  Kind kind;
  std::size_t arguments_min, arguments_max;
  std::string_view usage;
};
constexpr KindName kKinds[] = {
    {"kernels", Kind::kernels, 0, 0, "bench kernels"},
    {"device", Kind::device, 0, 1, "bench device [PATH]"},
    {"copy", Kind::copy, 1, 1, "bench copy VOLUME --to DIR"},
    {"compare", Kind::compare, 2, 2, "bench compare A B"},
};

// What the flags said; which of them were there.
struct Typed {
  BenchCommand command;
  unsigned runs = 5;
  std::optional<QueueEngine> engine;
  std::vector<unsigned> depths;
  std::vector<std::string> flags;
};

// "a,b,c", each turned into a value.
template <class T, class Parse>
std::vector<T> parse_list(std::string_view flag, std::string_view words, Parse parse) {
  std::vector<T> values;
  for (std::size_t at = 0; at <= words.size();) {
    const std::size_t end = std::min(words.find(',', at), words.size());
    values.push_back(parse(flag, words.substr(at, end - at)));
    at = end + 1;
  }
  if (values.size() > kListMax)
    throw UsageError{fmt::format("{}: at most {} values", flag, kListMax)};
  return values;
}

std::uint32_t parse_block_size(std::string_view flag, std::string_view word) {
  const auto bytes = parse_size(word);
  if (!bytes || !std::has_single_bit(*bytes) || *bytes < kBenchBlockBytesMin ||
      *bytes > kBenchBlockBytesMax)
    throw UsageError{fmt::format("{}: \"{}\" is no power of two from 4KiB to 16MiB", flag, word)};
  return static_cast<std::uint32_t>(*bytes);
}

DeviceAccess parse_access(std::string_view flag, std::string_view word) {
  for (const DeviceAccess access :
       {DeviceAccess::read, DeviceAccess::random_read, DeviceAccess::write, DeviceAccess::copy})
    if (word == to_string(access)) return access;
  throw UsageError{fmt::format("{}: \"{}\" is none of read, randread, write, copy", flag, word)};
}

Flag flag(Flag::Kind kind, std::string names, const std::shared_ptr<Typed>& typed,
          std::function<void(const std::string& name, const std::string& word)> take) {
  const std::string name = names.substr(names.find("--"));
  return {kind, std::move(names), [name, typed, take = std::move(take)](const std::string& word) {
            typed->flags.push_back(name);
            take(name, word);
          }};
}

// --to and --yes may stand in the environment for other commands: elsewhere they are not meant.
void check_flags(const KindName& kind, const std::vector<std::string>& flags) {
  const auto refuse = [&](std::string_view name) {
    throw UsageError{fmt::format("{} is not for {}", name, kind.usage)};
  };
  for (const std::string& name : flags) {
    const bool of_device =
        name == "--bs" || name == "--rw" || name == "--size" || name == "--direct";
    const bool of_copy =
        name == "--only" || name == "--allow-source-in-use" || name == "--allow-folder";
    const bool of_both = name == "--iodepth" || name == "--ioengine";
    const bool of_all_but_compare = name == "--runs" || name == "--output" || name == "--report";
    if (of_device && kind.kind != Kind::device) refuse(name);
    if (of_copy && kind.kind != Kind::copy) refuse(name);
    if (of_both && kind.kind != Kind::device && kind.kind != Kind::copy) refuse(name);
    if (of_all_but_compare && kind.kind == Kind::compare) refuse(name);
  }
}

void take_words(BenchCommand& command, const std::vector<std::string>& words) {
  const auto* const kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                        [&](const KindName& k) { return k.name == words[0]; });
  if (kind == std::end(kKinds))
    throw UsageError{fmt::format("\"{}\" is none of kernels, device, copy, compare", words[0])};
  const std::size_t count = words.size() - 1;
  if (count < kind->arguments_min || count > kind->arguments_max)
    throw UsageError{fmt::format("it is: tintype {}", kind->usage)};
  command.kind = kind->kind;
  if (command.kind == Kind::device && count > 0) command.device.path = words[1];
  if (command.kind == Kind::copy) command.copy.volume = words[1];
  if (command.kind == Kind::compare) {
    command.results_a = words[1];
    command.results_b = words[2];
  }
}

BenchCommand finish(Typed& typed, const PassOptions& pass) {
  BenchCommand& command = typed.command;
  check_flags(*std::find_if(std::begin(kKinds), std::end(kKinds),
                            [&](const KindName& k) { return k.kind == command.kind; }),
              typed.flags);
  if (command.kind == Kind::copy && command.copy.folder.empty())
    throw UsageError{"--to is missing: the folder it may write to"};
  if (command.kind == Kind::copy && typed.depths.size() > 1)
    throw UsageError{"--iodepth: one number for bench copy"};
  command.kernels.runs = command.device.runs = command.copy.runs = typed.runs;
  command.copy.pass = pass;
  if (typed.engine) command.copy.pass.queue_engine = *typed.engine;
  if (typed.depths.size() == 1) command.copy.pass.io_depth = typed.depths[0];
  command.device.queue_engine = command.copy.pass.queue_engine;
  if (!typed.depths.empty()) command.device.depths = typed.depths;
  return command;
}

}  // namespace

CommandSpec bench_spec(const PassOptions& pass) {
  const auto typed = std::make_shared<Typed>();
  BenchCommand& command = typed->command;
  CommandSpec spec{.name = "bench", .argument = "kernels|device|copy|compare", .arguments_max = 3};
  const auto value = [&](std::string name, auto take) {
    spec.flags.push_back(flag(Flag::Kind::value, std::move(name), typed, take));
  };
  const auto on_off = [&](std::string name, bool& target) {
    spec.flags.push_back(flag(Flag::Kind::on_off, std::move(name), typed,
                              [&target](const std::string& flag_name, const std::string& word) {
                                target = parse_switch(flag_name, word);
                              }));
  };
  using Text = const std::string&;
  value("--runs",
        [typed](Text name, Text word) { typed->runs = parse_number(name, word, 1, 1000); });
  value("--output", [&command](Text, Text word) { command.output = word; });
  value("--report", [&command](Text, Text word) { command.report = word; });
  value("--bs", [&command](Text name, Text word) {
    command.device.block_bytes = parse_list<std::uint32_t>(name, word, parse_block_size);
  });
  value("--iodepth", [typed](Text name, Text word) {
    typed->depths = parse_list<unsigned>(name, word, [](std::string_view f, std::string_view w) {
      return parse_number(f, w, 1, kIoDepthMax);
    });
  });
  value("--ioengine",
        [typed](Text name, Text word) { typed->engine = parse_queue_engine(name, word); });
  value("--rw", [&command](Text name, Text word) {
    command.device.accesses = parse_list<DeviceAccess>(name, word, parse_access);
  });
  value("--size",
        [&command](Text name, Text word) { command.device.bytes = parse_byte_count(name, word); });
  value("--direct",
        [&command](Text name, Text word) { command.device.direct = parse_switch(name, word); });
  value("--to", [&command](Text, Text word) { command.copy.folder = word; });
  value("--only", [&command](Text, Text word) { command.copy.only = word; });
  on_off("--allow-source-in-use", command.copy.allow_source_in_use);
  spec.flags.push_back(flag(Flag::Kind::list, "--allow-folder", typed, [&command](Text, Text word) {
    command.copy.allowed_folders.push_back(word);
  }));
  on_off("-y,--yes", command.yes);
  spec.take = [&command](const std::vector<std::string>& words) { take_words(command, words); };
  spec.finish = [typed, &pass] { return finish(*typed, pass); };
  return spec;
}

}  // namespace tintype
