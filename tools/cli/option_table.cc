#include "tools/cli/option_table.h"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "engine/manifest/set_name.h"
#include "tools/cli/bench_spec.h"
#include "tools/cli/option_values.h"
#include "tools/cli/repository_specs.h"
#include "tools/cli/set_filter_flags.h"

namespace tintype {
namespace {

Flag on_off(std::string names, bool& value, bool sets = true) {
  const std::string name = names.substr(names.find("--"));
  return {Flag::Kind::on_off, std::move(names), [&value, sets, name](const std::string& word) {
            value = parse_switch(name, word) == sets;
          }};
}

Flag allow_folder(std::vector<std::string>& folders) {
  return {Flag::Kind::list, "--allow-folder",
          [&folders](const std::string& word) { folders.push_back(word); }};
}

Flag text(std::string name, std::string& value) {
  return {Flag::Kind::value, std::move(name), [&value](const std::string& word) { value = word; }};
}

Flag backup_type(std::string name, BackupType& value, BackupType sets, std::string rival) {
  return {Flag::Kind::on_off, name,
          [&value, sets, name](const std::string& word) {
            if (parse_switch(name, word)) value = sets;
          },
          std::move(rival)};
}

void add_database_flags(std::vector<Flag>& flags, DatabaseOptions& databases, bool can_be_off) {
  flags.push_back({Flag::Kind::list, "--database",
                   [&databases](const std::string& word) { databases.globs.push_back(word); }});
  if (can_be_off) flags.push_back(on_off("--no-database-check", databases.check, false));
}

void check_databases(const DatabaseOptions& databases) {
  if (!databases.check && !databases.globs.empty())
    throw UsageError{"--database and --no-database-check contradict each other"};
}

// A dry run writes nothing, and has nothing to draw.
void check_report(const std::string& report, bool dry_run) {
  if (dry_run && !report.empty()) throw UsageError{"--report and --dry-run contradict each other"};
}

void need(const std::string& value, std::string_view flag, std::string_view what) {
  if (value.empty()) throw UsageError{fmt::format("{} is missing: {}", flag, what)};
}

// What shuts the gate whatever the backup finds is told before it is made. (A dry run lists what
// could go at most.)
void check_confirmation(const BackupOptions& job) {
  if (!job.confirm.asked()) return;
  if (job.type != BackupType::full)
    throw UsageError{"--truncate and --on-confirm are for a --full backup"};
  if (job.dry_run) return;
  if (!job.all_databases)
    throw UsageError{
        "--truncate and --on-confirm need --all-databases: say that every database of each log "
        "stream is in this backup, or no log may go"};
  if (!job.read_back) throw UsageError{"--no-read-back: no log may go for what was not read back"};
  if (!job.databases.check)
    throw UsageError{"--no-database-check: no log may go for databases that were not checked"};
}

// Names that were not given are made different; those that were stay what they are.
void check_names(const std::vector<BackupOptions::Source>& volumes) {
  std::set<std::string> taken;
  for (const BackupOptions::Source& volume : volumes)
    if (!volume.name.empty() && !taken.insert(volume.name).second)
      throw UsageError{fmt::format("two volumes are called {}", volume.name)};
}

CommandSpec backup(const PassOptions& pass, const CommonOptions& common) {
  auto command = std::make_shared<BackupCommand>();
  auto name = std::make_shared<std::string>();
  BackupOptions& job = command->job;
  CommandSpec spec{.name = "backup", .argument = "VOLUME", .arguments_max = 1000};
  spec.flags = {
      text("--to", job.repository),
      backup_type("--full", job.type, BackupType::full, "--copy"),
      backup_type("--copy", job.type, BackupType::copy, "--full"),
      text("--name", *name),
      {Flag::Kind::value, "--compress",
       [&job](const std::string& word) {
         job.compression = parse_compression("--compress", word);
       }},
      {Flag::Kind::value, "--chunk-size",
       [&job](const std::string& word) {
         job.chunk_bytes = parse_chunk_size("--chunk-size", word);
       }},
      on_off("--all-blocks", job.all_blocks),
      on_off("--stock", job.stock),
      on_off("--no-read-back", job.read_back, false),
      on_off("--all-databases", job.all_databases),
      on_off("--allow-source-in-use", job.allow_source_in_use),
      allow_folder(job.allowed_folders),
      on_off("-n,--dry-run", job.dry_run),
      {Flag::Kind::list, "--truncate",
       [&job](const std::string& word) { job.confirm.truncate_directories.push_back(word); }},
      text("--on-confirm", job.confirm.on_confirm),
      text("--report", command->report),
  };
  add_database_flags(spec.flags, job.databases, true);
  spec.take = [&job](const std::vector<std::string>& words) {
    for (const std::string& word : words) job.volumes.push_back(parse_source(word));
  };
  spec.finish = [command, name, &job, &pass, &common] {
    need(job.repository, "--to", "the repository's folder");
    check_databases(job.databases);
    check_report(command->report, job.dry_run);
    job.confirm.pass = pass;
    check_confirmation(job);
    if (!name->empty()) {
      if (job.volumes.size() > 1)
        throw UsageError{"--name is for one volume; write NAME=VOLUME for each"};
      if (!is_plain_name(*name))
        throw UsageError{fmt::format("--name: \"{}\" is no name for a volume", *name)};
      if (!job.volumes[0].name.empty())
        throw UsageError{"--name and NAME=VOLUME contradict each other"};
      job.volumes[0].name = *name;
    }
    check_names(job.volumes);
    job.permissions = common.permissions;
    job.pass = pass;
    return *command;
  };
  return spec;
}

CommandSpec show() {
  auto command = std::make_shared<ShowCommand>();
  CommandSpec spec{.name = "show", .argument = "REPO[::SET]|IMAGE|VOLUME"};
  spec.flags = {allow_folder(command->allowed_folders)};
  spec.take = [command](std::vector<std::string> words) { command->what = words[0]; };
  spec.finish = [command] { return *command; };
  return spec;
}

CommandSpec verify(const PassOptions& pass) {
  auto command = std::make_shared<VerifyCommand>();
  CommandSpec spec{.name = "verify", .argument = "REPO[::SET]|IMAGE"};
  spec.flags = {on_off("--no-decode", command->job.decode, false),
                on_off("--pages", command->job.pages), text("--report", command->report)};
  add_database_flags(spec.flags, command->job.databases, false);
  spec.take = [command](std::vector<std::string> words) { command->what = words[0]; };
  spec.finish = [command, &pass] {
    VerifyOptions& job = command->job;
    if (!job.databases.globs.empty()) job.pages = true;
    if (job.pages && !job.decode) throw UsageError{"--pages needs what --no-decode leaves out"};
    job.pass = pass;
    return *command;
  };
  return spec;
}

CommandSpec restore(const PassOptions& pass, const CommonOptions& common) {
  auto command = std::make_shared<RestoreCommand>();
  CommandSpec spec{.name = "restore", .argument = "REPO::SET|IMAGE"};
  RestoreOptions& job = command->job;
  spec.flags = {
      text("--to", job.target),
      on_off("--original", command->original),
      {Flag::Kind::value, "--size",
       [&job](const std::string& word) { job.file_bytes = parse_byte_count("--size", word); }},
      on_off("--overwrite", job.overwrite),
      on_off("--in-place", job.in_place),
      on_off("--only-different", job.only_different),
      on_off("--resume", job.resume),
      on_off("-y,--yes", command->yes),
      on_off("--no-read-back", job.read_back, false),
      on_off("-n,--dry-run", job.dry_run)};
  spec.take = [command](std::vector<std::string> words) { command->what = words[0]; };
  spec.finish = [command, &job, &pass, &common] {
    if (!command->original) need(job.target, "--to", "a new file, or a device");
    if (command->original && (!job.target.empty() || job.file_bytes != 0))
      throw UsageError{"--original is instead of --to and --size"};
    job.keep_unfinished = true;
    job.permissions = common.permissions;
    job.pass = pass;
    return *command;
  };
  return spec;
}

CommandSpec extract(const PassOptions& pass, const CommonOptions& common) {
  auto command = std::make_shared<ExtractCommand>();
  CommandSpec spec{
      .name = "extract", .argument = "REPO::SET|IMAGE PATH...", .arguments_max = 100'000};
  ExtractOptions& job = command->job;
  spec.flags = {text("--to", job.folder),
                text("--component", job.component),
                on_off("--overwrite", job.overwrite),
                on_off("-y,--yes", command->yes),
                on_off("--no-read-back", job.read_back, false),
                on_off("-n,--dry-run", job.dry_run)};
  spec.take = [command, &job](std::vector<std::string> words) {
    command->what = words[0];
    job.paths.assign(std::make_move_iterator(words.begin() + 1),
                     std::make_move_iterator(words.end()));
  };
  spec.finish = [command, &job, &pass, &common] {
    if (job.paths.empty() && job.component.empty())
      throw UsageError{"PATH is missing: which files? / is all of them"};
    if (!job.paths.empty() && !job.component.empty())
      throw UsageError{"--component is for one database, without PATHs"};
    need(job.folder, "--to", "the folder the files go to");
    job.permissions = common.permissions;
    job.pass = pass;
    return *command;
  };
  return spec;
}

CommandSpec copy(const PassOptions& pass, const CommonOptions& common) {
  auto command = std::make_shared<CopyCommand>();
  CommandSpec spec{
      .name = "copy", .argument = "VOLUME TARGET", .arguments_min = 2, .arguments_max = 2};
  CopyOptions& job = command->job;
  spec.flags = {on_off("--overwrite", job.overwrite),
                on_off("--in-place", job.in_place),
                on_off("-y,--yes", command->yes),
                on_off("--all-blocks", job.all_blocks),
                on_off("--no-read-back", job.read_back, false),
                on_off("--allow-source-in-use", job.allow_source_in_use),
                allow_folder(job.allowed_folders),
                on_off("-n,--dry-run", job.dry_run),
                text("--report", command->report)};
  add_database_flags(spec.flags, job.databases, true);
  spec.take = [&job](std::vector<std::string> words) {
    job.source = words[0];
    job.target = words[1];
  };
  spec.finish = [command, &job, &pass, &common] {
    check_databases(job.databases);
    check_report(command->report, job.dry_run);
    job.permissions = common.permissions;
    job.pass = pass;
    return *command;
  };
  return spec;
}

CommandSpec check(const PassOptions& pass) {
  auto command = std::make_shared<CheckCommand>();
  CommandSpec spec{.name = "check", .argument = "FILE|BASE|FOLDER", .arguments_max = 100'000};
  spec.take = [command](std::vector<std::string> words) { command->files = std::move(words); };
  spec.finish = [command, &pass] {
    command->pass = pass;
    return *command;
  };
  return spec;
}

CommandSpec inspect() {
  auto command = std::make_shared<InspectCommand>();
  CommandSpec spec{.name = "inspect", .argument = "FILE", .arguments_max = 100'000};
  spec.take = [command](std::vector<std::string> words) { command->files = std::move(words); };
  spec.finish = [command] { return *command; };
  return spec;
}

CommandSpec truncate(const PassOptions& pass) {
  auto command = std::make_shared<TruncateCommand>();
  CommandSpec spec{.name = "truncate", .argument = "REPO::SET"};
  spec.flags = {
      {Flag::Kind::list, "--logs",
       [command](const std::string& word) { command->job.truncate_directories.push_back(word); }},
      {Flag::Kind::value, "--trust-verified",
       [command](const std::string& word) {
         command->job.trust_verified = parse_duration("--trust-verified", word);
       }},
      on_off("-y,--yes", command->yes),
      on_off("-n,--dry-run", command->job.dry_run)};
  spec.take = [command](std::vector<std::string> words) { command->what = words[0]; };
  spec.finish = [command, &pass] {
    if (command->job.truncate_directories.empty())
      throw UsageError{"--logs is missing: the live log directory"};
    command->job.pass = pass;
    return *command;
  };
  return spec;
}

void add_volume_flags(std::vector<Flag>& flags, ImageVolume::Options& volume) {
  flags.push_back({Flag::Kind::value, "--cache", [&volume](const std::string& word) {
                     volume.cache_bytes = parse_cache_size("--cache", word);
                   }});
  flags.push_back({Flag::Kind::value, "--unreadable", [&volume](const std::string& word) {
                     volume.unreadable = parse_unreadable("--unreadable", word);
                   }});
}

CommandSpec serve() {
  auto command = std::make_shared<ServeCommand>();
  CommandSpec spec{.name = "serve", .argument = "REPO::SET|IMAGE"};
  spec.flags = {text("--socket", command->socket),
                {Flag::Kind::value, "--listen", [command](const std::string& word) {
                   const ListenAddress address = parse_listen_address("--listen", word);
                   command->host = address.host;
                   command->port = address.port;
                 }}};
  add_volume_flags(spec.flags, command->volume);
  spec.take = [command](std::vector<std::string> words) { command->what = words[0]; };
  spec.finish = [command] {
    if (!command->socket.empty() && !command->host.empty())
      throw UsageError{"--socket and --listen contradict each other"};
    return *command;
  };
  return spec;
}

CommandSpec mount() {
  auto command = std::make_shared<MountCommand>();
  CommandSpec spec{
      .name = "mount", .argument = "REPO::SET|IMAGE DIR", .arguments_min = 2, .arguments_max = 2};
  spec.flags = {on_off("--foreground", command->foreground)};
  add_volume_flags(spec.flags, command->volume);
  spec.take = [command](std::vector<std::string> words) {
    command->what = words[0];
    command->folder = words[1];
  };
  spec.finish = [command] { return *command; };
  return spec;
}

CommandSpec unmount() {
  auto command = std::make_shared<UnmountCommand>();
  CommandSpec spec{.name = "unmount", .argument = "DIR"};
  spec.take = [command](std::vector<std::string> words) { command->folder = words[0]; };
  spec.finish = [command] { return *command; };
  return spec;
}

// By --format, or by the ending of the target's name.
DiskFormat format_of(const std::string& word, const std::string& target) {
  const auto known = [](std::string_view name) { return parse_disk_format(name); };
  if (!word.empty()) {
    if (const auto format = known(word)) return *format;
    throw UsageError{fmt::format("--format: \"{}\" is not qcow2, vhdx, vhd, vmdk or raw", word)};
  }
  const auto dot = target.rfind('.');
  if (dot != std::string::npos)
    if (const auto format = known(std::string_view(target).substr(dot + 1))) return *format;
  throw UsageError{
      fmt::format("the name {} tells no format: add --format, or end it in .qcow2, .vhdx, .vhd, "
                  ".vmdk, .raw or .img",
                  target)};
}

CommandSpec export_disk(const PassOptions& pass, const CommonOptions& common) {
  auto command = std::make_shared<ExportCommand>();
  auto format = std::make_shared<std::string>();
  ExportOptions& job = command->job;
  CommandSpec spec{.name = "export", .argument = "REPO::SET|IMAGE"};
  spec.flags = {text("--to", job.target),
                text("--format", *format),
                on_off("--overwrite", job.overwrite),
                on_off("-y,--yes", command->yes),
                {Flag::Kind::value, "--cache", [&job](const std::string& word) {
                   job.cache_bytes = parse_cache_size("--cache", word);
                 }}};
  spec.take = [command](std::vector<std::string> words) { command->what = words[0]; };
  spec.finish = [command, format, &job, &pass, &common] {
    need(job.target, "--to", "a new file");
    job.format = format_of(*format, job.target);
    job.permissions = common.permissions;
    command->pass = pass;
    return *command;
  };
  return spec;
}

CommandSpec limit() {
  auto command = std::make_shared<LimitCommand>();
  CommandSpec spec{.name = "limit", .argument = "JOB RATE", .arguments_min = 0, .arguments_max = 2};
  spec.flags = {{Flag::Kind::value, "--read",
                 [command](const std::string& word) {
                   command->read_limit = parse_rate_limit("--read", word);
                 }},
                {Flag::Kind::value, "--write", [command](const std::string& word) {
                   command->write_limit = parse_rate_limit("--write", word);
                 }}};
  spec.take = [command](std::vector<std::string> words) {
    if (!words.empty()) command->job = words[0];
    if (words.size() < 2) return;
    const std::uint64_t rate = parse_rate_limit("RATE", words[1]);
    if (!command->read_limit) command->read_limit = rate;
    if (!command->write_limit) command->write_limit = rate;
  };
  spec.finish = [command] {
    if (command->job.empty() && (command->read_limit || command->write_limit))
      throw UsageError{"JOB is missing: which one? `tintype limit` lists them"};
    return *command;
  };
  return spec;
}

}  // namespace

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

OptionTable::OptionTable() {
  common_flags = {
      on_off("-h,--help", help),
      on_off("-V,--version", version),
      // "-vv" comes as "true" twice, TINTYPE_VERBOSE=2 as "2".
      {Flag::Kind::on_off, "-v,--verbose",
       [this](const std::string& word) {
         common.verbosity =
             word == "true" ? common.verbosity + 1 : parse_number("--verbose", word, 0, 2);
       }},
      on_off("-q,--quiet", common.quiet),
      on_off("--json", common.json),
      {Flag::Kind::value, "--progress",
       [this](const std::string& word) {
         common.progress = parse_progress_mode("--progress", word);
       }},
      {Flag::Kind::value, "--iodepth",
       [this](const std::string& word) {
         pass.io_depth = parse_number("--iodepth", word, 1, kIoDepthMax);
       }},
      {Flag::Kind::value, "--tasks",
       [this](const std::string& word) { pass.tasks = parse_number("--tasks", word, 0, 1024); }},
      {Flag::Kind::value, "--io-engine",
       [this](const std::string& word) {
         pass.queue_engine = parse_queue_engine("--io-engine", word);
       }},
      on_off("--serial", pass.serial),
      {Flag::Kind::value, "--limit-read",
       [this](const std::string& word) {
         common.read_limit = parse_rate_limit("--limit-read", word);
       }},
      {Flag::Kind::value, "--limit-write",
       [this](const std::string& word) {
         common.write_limit = parse_rate_limit("--limit-write", word);
       }},
      {Flag::Kind::value, "--io-timeout",
       [this](const std::string& word) {
         common.io_timeout =
             word == "none" ? std::chrono::seconds(0) : parse_duration("--io-timeout", word);
       }},
      {Flag::Kind::value, "--nice",
       [this](const std::string& word) { common.priority = parse_priority("--nice", word); }},
      {Flag::Kind::on_off, "--open-permissions",
       [this](const std::string& word) {
         common.permissions = parse_switch("--open-permissions", word) ? Permissions::by_umask
                                                                       : Permissions::owner_only;
       }},
  };
  commands.push_back(init_spec());
  commands.push_back(backup(pass, common));
  commands.push_back(versions_spec(common));
  commands.push_back(show());
  commands.push_back(verify(pass));
  commands.push_back(restore(pass, common));
  commands.push_back(extract(pass, common));
  commands.push_back(copy(pass, common));
  commands.push_back(check(pass));
  commands.push_back(inspect());
  commands.push_back(truncate(pass));
  commands.push_back(serve());
  commands.push_back(mount());
  commands.push_back(unmount());
  commands.push_back(export_disk(pass, common));
  commands.push_back(limit());
  commands.push_back(bench_spec(pass));
  commands.push_back(remove_spec());
  for (CommandSpec& spec : commands)
    if (takes_sets(spec.name))
      for (Flag& flag : set_filter_flags(common.sets)) spec.flags.push_back(std::move(flag));
}

}  // namespace tintype
