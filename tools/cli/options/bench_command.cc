#include "tools/cli/options/bench_command.h"

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

constexpr std::string_view kBench =
    R"(tintype bench - how fast are kernels, devices and copies here?

Usage: tintype bench kernels [FLAGS]
       tintype bench device [PATH] [FLAGS]
       tintype bench copy VOLUME --to DIR [FLAGS]
       tintype bench compare A B

Everything is run in rounds, in an order that changes from round to round, and
told as medians with their spread: (slowest - fastest) / median. Runs that are
far from the others, or vary by more than 20 %, are warned of.

  kernels   what a copied byte goes through (hash, zero test, page code, LZ4),
            on one core, beside memcpy: out of the L2 cache, and out of memory
  device    reads, writes and copies through the queue of a backup, with
            nothing computed. PATH is a folder (default: this one), in which
            scratch files without a name are used; or a device or file, which
            is only read. MiB/s, requests a second, and how long they took
  copy      the jobs themselves, in every mode. What they write goes to a new
            folder in DIR and is removed
  compare   two files that --output, or bench/copy_bench.py, wrote: for each
            method the ratio of times B/A and its 95 % confidence interval.
            (Which knows nothing of a machine that was slower that day)

      --runs N           rounds, 1 to 1000 (default 5)
      --output FILE      write every run to a new file, as JSON
      --report FILE      write a page with tables and charts to a new file, to
                         look at in a browser. It needs nothing else. If it
                         cannot be written, the exit code is 1
      --bs LIST          device: sizes of requests, powers of two from 4KiB to
                         16MiB (default 64KiB,1MiB)
      --iodepth LIST     device: requests in flight (default 1,16); copy: one
      --ioengine NAME    auto (default), io_uring, threads
      --rw LIST          device: of read, randread, write, copy (default: all
                         in a folder; read,randread of a device)
      --size SIZE        device: bytes of each run (default 256MiB)
      --direct N         device: 1 (default) passes the page cache by, 0 uses it
      --to DIR           copy: where it may write
      --only TEXT        copy: the modes with TEXT in their name
      --allow-source-in-use
                         copy: read a volume although it is in use
      --allow-folder DIR copy: what a disk image is based on may lie in DIR, too
  -y, --yes              device: overwrite PATH, a block device, without asking.
                         ALL THAT IS ON IT IS LOST; only with --rw write

)";

constexpr std::string_view kBenchExamples = R"(Examples:
  tintype bench kernels
  tintype bench device /backup --bs 64KiB,1MiB --iodepth 1,16 --runs 7
  tintype bench device /dev/vg0/mail-snap --rw read,randread
  tintype bench copy /dev/vg0/mail-snap --to /backup --output new.json
  tintype bench compare old.json new.json

)";

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

// What the flags said that no option holds yet; which of them were there.
struct Typed {
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

// parse_list as value_flag() wants it.
template <class T, class Parse>
auto list_of(Parse parse) {
  return [parse](std::string_view flag, std::string_view words) {
    return parse_list<T>(flag, words, parse);
  };
}

unsigned parse_depth(std::string_view flag, std::string_view word) {
  return parse_number(flag, word, 1, kIoDepthMax);
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

void finish_bench(BenchCommand& command, const Typed& typed, const PassOptions& pass) {
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
}

}  // namespace

CommandSpec BenchCommand::spec(const SharedOptions& shared) {
  const auto typed = std::make_shared<Typed>();
  CommandSpec spec{.argument = "kernels|device|copy|compare",
                   .arguments_max = 3,
                   .help = kBench,
                   .examples = kBenchExamples};
  // Each of these notes that it was there.
  const auto add = [&](Flag flag) {
    flag.take = [typed, name = flag.name(), take = std::move(flag.take)](const std::string& word) {
      typed->flags.push_back(name);
      take(word);
    };
    spec.flags.push_back(std::move(flag));
  };
  add({Flag::Kind::value, "--runs",
       [typed](const std::string& word) { typed->runs = parse_number("--runs", word, 1, 1000); }});
  add(text_flag("--output", output));
  add(text_flag("--report", report));
  add(value_flag("--bs", device.block_bytes, list_of<std::uint32_t>(parse_block_size)));
  add(value_flag("--iodepth", typed->depths, list_of<unsigned>(parse_depth)));
  add(value_flag("--ioengine", typed->engine, parse_queue_engine));
  add(value_flag("--rw", device.accesses, list_of<DeviceAccess>(parse_access)));
  add(value_flag("--size", device.bytes, parse_byte_count));
  add(value_flag("--direct", device.direct, parse_switch));
  add(text_flag("--to", copy.folder));
  add(text_flag("--only", copy.only));
  add(on_off("--allow-source-in-use", copy.allow_source_in_use));
  add(list_flag("--allow-folder", copy.allowed_folders));
  add(on_off("-y,--yes", yes));
  spec.take = [this](const Words& words) { take_words(*this, words); };
  spec.finish = [this, typed, &shared] { finish_bench(*this, *typed, shared.pass); };
  return spec;
}

}  // namespace tintype
