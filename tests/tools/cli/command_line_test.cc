#include "tools/cli/command_line.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "tools/cli/options/backup_commands.h"
#include "tools/cli/options/bench_command.h"
#include "tools/cli/options/check_commands.h"
#include "tools/cli/options/repository_commands.h"
#include "tools/cli/options/restore_commands.h"
#include "tools/cli/options/served_commands.h"
#include "tools/commands/registry.h"

namespace tintype {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Environment = std::map<std::string, std::string>;

tl::expected<CommandLine, CommandLineReply> parse(const std::vector<std::string>& words,
                                                  const Environment& environment = {}) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  return parse_command_line(command_rows(), views,
                            [&](const std::string& name) -> std::optional<std::string> {
                              const auto found = environment.find(name);
                              if (found == environment.end()) return std::nullopt;
                              return found->second;
                            });
}

template <class Command>
Command parsed(const std::vector<std::string>& words, const Environment& environment = {}) {
  const auto line = parse(words, environment);
  if (!line) {
    ADD_FAILURE() << line.error().text;
    return {};
  }
  return dynamic_cast<const CommandOf<Command>&>(*line->command).options;
}

std::string refusal_of(const std::vector<std::string>& words, const Environment& environment = {}) {
  const auto line = parse(words, environment);
  if (line) return "accepted";
  EXPECT_EQ(line.error().code, ExitCode::usage);
  EXPECT_EQ(line.error().text.find('\n'), std::string::npos);
  return line.error().text;
}

TEST(CommandLine, NoTwoRowsAreTheSameCommand) {
  EXPECT_FALSE(share_a_command(command_rows()));
}

TEST(CommandLine, InitTakesOneFolder) {
  EXPECT_EQ(parsed<InitCommand>({"init", "repo"}).repository, "repo");
  EXPECT_THAT(refusal_of({"init"}), HasSubstr("REPO is missing"));
  EXPECT_THAT(refusal_of({"init", "a", "b"}), HasSubstr("one too many"));
}

TEST(CommandLine, BackupsAreTheirOwnersAloneUnlessAsked) {
  EXPECT_EQ(parsed<BackupCommand>({"backup", "x", "--to", "r"}).job.permissions,
            Permissions::owner_only);
  EXPECT_EQ(
      parsed<BackupCommand>({"backup", "x", "--to", "r", "--open-permissions"}).job.permissions,
      Permissions::by_umask);
  EXPECT_EQ(parsed<BackupCommand>({"backup", "x", "--to", "r"}, {{"TINTYPE_OPEN_PERMISSIONS", "1"}})
                .job.permissions,
            Permissions::by_umask);
}

TEST(CommandLine, BackupDefaults) {
  const auto job = parsed<BackupCommand>({"backup", "/dev/a", "--to", "repo"}).job;
  ASSERT_EQ(job.volumes.size(), 1u);
  EXPECT_EQ(job.volumes[0].path, "/dev/a");
  EXPECT_EQ(job.volumes[0].name, "");
  EXPECT_EQ(job.repository, "repo");
  EXPECT_EQ(job.type, BackupType::copy) << "only who says --full may ever truncate";
  EXPECT_EQ(job.compression, Compression::automatic);
  EXPECT_EQ(job.chunk_bytes, kChunkBytesDefault);
  EXPECT_FALSE(job.all_blocks || job.stock || job.dry_run || job.allow_source_in_use);
  EXPECT_TRUE(job.read_back && job.databases.check);
  EXPECT_EQ(job.pass.io_depth, 16u);
  EXPECT_EQ(job.pass.tasks, 0u);
  EXPECT_FALSE(job.pass.serial);
}

TEST(CommandLine, BackupFlags) {
  const auto job = parsed<BackupCommand>({"backup",
                                          "db=/dev/a",
                                          "b.img",
                                          "--full",
                                          "--to=repo",
                                          "--database",
                                          "*.x",
                                          "--database",
                                          "/d/*.y",
                                          "--compress",
                                          "none",
                                          "--chunk-size",
                                          "64KiB",
                                          "--all-blocks",
                                          "--stock",
                                          "--no-read-back",
                                          "--allow-source-in-use",
                                          "-n",
                                          "--iodepth",
                                          "4",
                                          "--tasks=3",
                                          "--io-engine",
                                          "threads",
                                          "--serial"})
                       .job;
  ASSERT_EQ(job.volumes.size(), 2u);
  EXPECT_EQ(job.volumes[0].name, "db");
  EXPECT_EQ(job.volumes[1].path, "b.img") << "--database takes one word, not the volume behind it";
  EXPECT_EQ(job.type, BackupType::full);
  EXPECT_THAT(job.databases.globs, ElementsAre("*.x", "/d/*.y"));
  EXPECT_EQ(job.compression, Compression::none);
  EXPECT_EQ(job.chunk_bytes, 65536u);
  EXPECT_TRUE(job.all_blocks && job.stock && job.dry_run && job.allow_source_in_use);
  EXPECT_FALSE(job.read_back);
  EXPECT_EQ(job.pass.io_depth, 4u);
  EXPECT_EQ(job.pass.tasks, 3u);
  EXPECT_EQ(job.pass.queue_engine, QueueEngine::threads);
  EXPECT_TRUE(job.pass.serial);
  EXPECT_FALSE(parsed<BackupCommand>({"backup", "x", "--to", "r", "--no-database-check"})
                   .job.databases.check);
  EXPECT_EQ(parsed<BackupCommand>({"backup", "x", "--to", "r", "--name", "D"}).job.volumes[0].name,
            "D");
}

TEST(CommandLine, TheOtherCommands) {
  const auto versions = parsed<VersionsCommand>({"versions", "r", "--remove-unfinished", "-y"});
  EXPECT_TRUE(versions.repository == "r" && versions.remove_unfinished && versions.yes);
  EXPECT_EQ(parsed<ShowCommand>({"show", "r::latest"}).what, "r::latest");
  const auto verify = parsed<VerifyCommand>({"verify", "r::s", "--database", "*.x"});
  EXPECT_EQ(verify.what, "r::s");
  EXPECT_TRUE(verify.job.pages) << "who names databases wants them checked";
  EXPECT_FALSE(parsed<VerifyCommand>({"verify", "i", "--no-decode"}).job.decode);
  const auto restore = parsed<RestoreCommand>({"restore", "r::s/D", "--to", "/dev/x", "--overwrite",
                                               "--yes", "--no-read-back", "--dry-run"});
  EXPECT_TRUE(restore.what == "r::s/D" && restore.job.target == "/dev/x" && restore.job.overwrite &&
              restore.yes && !restore.job.read_back && restore.job.dry_run);
  const auto copy =
      parsed<CopyCommand>({"copy", "a", "b", "--all-blocks", "--overwrite", "-y", "--no-read-back",
                           "--allow-source-in-use", "-n", "--tasks", "2"});
  EXPECT_TRUE(copy.job.source == "a" && copy.job.target == "b" && copy.job.all_blocks &&
              copy.job.overwrite && copy.yes && !copy.job.read_back && copy.job.dry_run &&
              copy.job.allow_source_in_use && copy.job.pass.tasks == 2);
  EXPECT_THAT(parsed<CheckCommand>({"check", "a.edb", "b.edb"}).files,
              ElementsAre("a.edb", "b.edb"));
  EXPECT_THAT(parsed<InspectCommand>({"inspect", "--", "-a"}).files, ElementsAre("-a"));
}

TEST(CommandLine, EveryCommandThatOpensADiskImageTakesFoldersForWhatItIsBasedOn) {
  EXPECT_THAT(parsed<BackupCommand>(
                  {"backup", "--allow-folder", "/a", "--allow-folder=/b", "x", "--to", "r"})
                  .job.allowed_folders,
              ElementsAre("/a", "/b"));
  EXPECT_THAT(parsed<CopyCommand>({"copy", "x", "y", "--allow-folder", "/a"}).job.allowed_folders,
              ElementsAre("/a"));
  EXPECT_THAT(parsed<ShowCommand>({"show", "x", "--allow-folder", "/a"}).allowed_folders,
              ElementsAre("/a"));
  EXPECT_THAT(parsed<BenchCommand>({"bench", "copy", "x", "--to", "d", "--allow-folder", "/a"})
                  .copy.allowed_folders,
              ElementsAre("/a"));
}

TEST(CommandLine, CommonFlagsStandBeforeOrBehindTheCommand) {
  for (const auto& words :
       {std::vector<std::string>{"-vv", "show", "x"}, {"show", "-v", "x", "-v"}}) {
    const auto line = parse(words);
    ASSERT_TRUE(line) << line.error().text;
    EXPECT_EQ(line->common.verbosity, 2u);
  }
  EXPECT_TRUE(parse({"show", "x", "--json"})->common.json);
  EXPECT_TRUE(parse({"show", "x", "-q"})->common.quiet);
  EXPECT_EQ(parse({"show", "x"})->common.progress, ProgressMode::automatic);
  EXPECT_EQ(parse({"show", "x", "--json"})->common.progress, ProgressMode::none);
  EXPECT_EQ(parse({"show", "x", "-q"})->common.progress, ProgressMode::none);
  EXPECT_EQ(parse({"show", "x", "--json", "--progress", "bar"})->common.progress,
            ProgressMode::bar);
}

TEST(CommandLine, ArgumentsMayBeCalledLikeCommands) {
  const auto copy = parsed<CopyCommand>({"copy", "verify", "backup"});
  EXPECT_EQ(copy.job.source, "verify");
  EXPECT_EQ(copy.job.target, "backup");
}

TEST(CommandLine, VariablesStandInForFlags) {
  const auto job = parsed<BackupCommand>({"backup", "x"}, {{"TINTYPE_TO", "repo"},
                                                           {"TINTYPE_COMPRESS", "lz4"},
                                                           {"TINTYPE_FULL", "1"},
                                                           {"TINTYPE_STOCK", "yes"},
                                                           {"TINTYPE_ALL_BLOCKS", "0"},
                                                           {"TINTYPE_NO_READ_BACK", "off"},
                                                           {"TINTYPE_DATABASE", "*.a:/x/*.b"},
                                                           {"TINTYPE_IODEPTH", "2"},
                                                           {"TINTYPE_CHUNK_SIZE", ""}})
                       .job;
  EXPECT_EQ(job.repository, "repo");
  EXPECT_EQ(job.compression, Compression::lz4);
  EXPECT_EQ(job.type, BackupType::full);
  EXPECT_TRUE(job.stock && job.read_back && !job.all_blocks);
  EXPECT_THAT(job.databases.globs, ElementsAre("*.a", "/x/*.b"));
  EXPECT_EQ(job.pass.io_depth, 2u);
  EXPECT_EQ(parse({"show", "x"}, {{"TINTYPE_VERBOSE", "2"}})->common.verbosity, 2u);
  // What is typed wins.
  EXPECT_EQ(
      parsed<BackupCommand>({"backup", "x", "--to", "a"}, {{"TINTYPE_TO", "b"}}).job.repository,
      "a");
  EXPECT_EQ(parsed<BackupCommand>({"backup", "x", "--to", "a", "--copy"}, {{"TINTYPE_FULL", "1"}})
                .job.type,
            BackupType::copy);
  EXPECT_THAT(refusal_of({"backup", "x"}, {{"TINTYPE_TO", "r"}, {"TINTYPE_TASKS", "many"}}),
              HasSubstr("from TINTYPE_TASKS"));
  // Not a way to make every call print help.
  EXPECT_TRUE(parse({"show", "x"}, {{"TINTYPE_HELP", "1"}, {"TINTYPE_VERSION", "1"}}));
}

TEST(CommandLine, EveryFlagHasItsVariable) {
  for (const CommandRow& row : command_rows())
    for (const FlagName& name : flags_of(row)) {
      if (name.flag == "--help" || name.flag == "--version") {
        EXPECT_EQ(name.variable, "");
        continue;
      }
      EXPECT_TRUE(name.variable.starts_with("TINTYPE_")) << name.flag;
      EXPECT_EQ(name.variable.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), std::string::npos);
    }
}

TEST(CommandLine, RefusalsSayWhatWouldBeRight) {
  EXPECT_THAT(refusal_of({}), HasSubstr("no command"));
  EXPECT_THAT(refusal_of({"bakcup"}), HasSubstr("did you mean backup?"));
  EXPECT_THAT(refusal_of({"--to", "x"}), HasSubstr("before the command"));
  EXPECT_THAT(refusal_of({"backup", "x", "--to", "r", "--compres", "x"}),
              HasSubstr("did you mean --compress?"));
  EXPECT_THAT(refusal_of({"backup", "x", "--to", "r", "--compres=lz4"}),
              HasSubstr("did you mean --compress?"));
  EXPECT_THAT(refusal_of({"show", "x", "--overwrite"}), HasSubstr("show has no flag --overwrite"));
  EXPECT_THAT(refusal_of({"backup", "x"}), HasSubstr("--to is missing"));
  EXPECT_THAT(refusal_of({"backup", "x", "--to"}), HasSubstr("--to"));
  EXPECT_THAT(refusal_of({"backup", "--to", "r"}), HasSubstr("VOLUME is missing"));
  EXPECT_THAT(refusal_of({"restore", "x"}), HasSubstr("--to is missing"));
  EXPECT_THAT(refusal_of({"copy", "a"}), StartsWith("TARGET is missing"));
  EXPECT_THAT(refusal_of({"copy", "a", "b", "c"}), HasSubstr("\"c\" is one too many"));
  EXPECT_THAT(refusal_of({"show", ""}), HasSubstr("empty"));
  EXPECT_THAT(refusal_of({"backup", "a", "b", "--to", "r", "--name", "D"}),
              HasSubstr("NAME=VOLUME"));
  EXPECT_THAT(refusal_of({"backup", "a", "--to", "r", "--name", "../D"}),
              HasSubstr("no name for a volume"));
  EXPECT_THAT(refusal_of({"backup", "a", "--to", "r", "--database", "*", "--no-database-check"}),
              HasSubstr("contradict"));
  EXPECT_THAT(refusal_of({"verify", "a", "--pages", "--no-decode"}), HasSubstr("--no-decode"));
  EXPECT_THAT(refusal_of({"backup", "a", "--to", "r", "--chunk-size", "12"}),
              HasSubstr("power of two"));
  EXPECT_THAT(refusal_of({"show", "x", "--json=perhaps"}), HasSubstr("perhaps"));
}

TEST(CommandLine, ARefusalKnowsWhetherEventsWereWanted) {
  EXPECT_FALSE(parse({"show"}).error().json);
  EXPECT_TRUE(parse({"show", "--json"}).error().json);
  EXPECT_TRUE(parse({"show"}, {{"TINTYPE_JSON", "1"}}).error().json);
}

TEST(CommandLine, HelpAndVersionAreNoErrors) {
  for (const auto& words : {std::vector<std::string>{"--help"},
                            {"-h"},
                            {"help"},
                            {"backup", "--help"},
                            {"backup", "x", "-h"},
                            {"help", "restore"}}) {
    const auto line = parse(words);
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, ExitCode::sound);
    EXPECT_THAT(line.error().text, HasSubstr("Exit codes:"));
  }
  for (const char* flag : {"--version", "-V"})
    EXPECT_THAT(parse({flag}).error().text, testing::StartsWith("tintype "));
  EXPECT_THAT(parse({"help", "restore"}).error().text, HasSubstr("tintype restore"));
}

// Whatever is typed: an invocation, or one line of refusal.
TEST(CommandLine, RandomWordsNeverSurprise) {
  std::vector<std::string> pool{
      "--",   "-",    "",     "-vvv",     "--to=",    "--=",       "=",  "a=b",
      "-n",   "-x",   "--v",  "--no-",    "--json=1", "@file",     "/a", "\xff",
      "1MiB", "help", "--to", "--help=0", "-qvn",     "--database"};
  for (const CommandRow& row : command_rows()) {
    pool.emplace_back(row.name);
    for (const FlagName& name : flags_of(row)) pool.push_back(name.flag);
  }
  std::mt19937 random(20261122);
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::string> words;
    for (std::size_t n = random() % 8; n > 0; --n) words.push_back(pool[random() % pool.size()]);
    const auto line = parse(words);
    if (line || line.error().code == ExitCode::sound) continue;
    EXPECT_EQ(line.error().code, ExitCode::usage);
    EXPECT_EQ(line.error().text.find('\n'), std::string::npos) << testing::PrintToString(words);
  }
}

TEST(CommandLine, ServeMountAndExport) {
  const auto serve = parsed<ServeCommand>({"serve", "r::s", "--cache", "256MiB"});
  EXPECT_TRUE(serve.what == "r::s" && serve.socket.empty() && serve.host.empty());
  EXPECT_EQ(serve.volume.cache_bytes, 256u << 20);
  EXPECT_EQ(serve.volume.unreadable, ImageVolume::Unreadable::error);
  const auto listen = [](const std::string& word) {
    const auto command = parsed<ServeCommand>({"serve", "x", "--listen", word});
    return command.host + " " + std::to_string(command.port);
  };
  EXPECT_EQ(listen("10809"), "127.0.0.1 10809") << "nobody outside, unless asked for";
  EXPECT_EQ(listen(":10809"), "127.0.0.1 10809");
  EXPECT_EQ(listen("0.0.0.0:1"), "0.0.0.0 1");
  EXPECT_EQ(listen("[::1]:65535"), "::1 65535");
  for (const char* const word : {"x", "host:", "host:0", "65536", "::1", "::1:10809", ""})
    EXPECT_THAT(refusal_of({"serve", "x", "--listen", word}), HasSubstr("--listen"));
  EXPECT_THAT(refusal_of({"serve", "x", "--socket", "s", "--listen", "1"}),
              HasSubstr("contradict"));
  EXPECT_THAT(refusal_of({"serve", "x", "--cache", "10"}), HasSubstr("1 MiB"));
  EXPECT_THAT(refusal_of({"serve", "x", "--unreadable", "no"}), HasSubstr("error, zeros"));

  const auto mount =
      parsed<MountCommand>({"mount", "r::s", "m", "--foreground", "--unreadable=zeros"});
  EXPECT_TRUE(mount.what == "r::s" && mount.folder == "m" && mount.foreground);
  EXPECT_EQ(mount.volume.unreadable, ImageVolume::Unreadable::zeros);
  EXPECT_EQ(parsed<UnmountCommand>({"unmount", "m"}).folder, "m");

  const auto format = [](const std::vector<std::string>& words) {
    std::vector<std::string> all{"export", "x", "--to"};
    all.insert(all.end(), words.begin(), words.end());
    return to_string(parsed<ExportCommand>(all).job.format);
  };
  EXPECT_EQ(format({"a.vhdx"}), "vhdx");
  EXPECT_EQ(format({"a.b/c.img"}), "raw");
  EXPECT_EQ(format({"a.img", "--format", "qcow2"}), "qcow2");
  EXPECT_THAT(refusal_of({"export", "x", "--to", "a.b/c"}), HasSubstr("tells no format"));
  EXPECT_THAT(refusal_of({"export", "x", "--to", "a", "--format", "ova"}), HasSubstr("vhdx"));
  EXPECT_THAT(refusal_of({"export", "x"}), HasSubstr("--to is missing"));
}

}  // namespace
}  // namespace tintype
