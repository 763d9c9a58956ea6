#include "engine/extract/extract_component.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "io/file/output_tree.h"
#include "io/filesystem/glob.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/log/ese_checkpoint.h"
#include "verify/ese/log/ese_log_header.h"
#include "verify/ese/stream/ese_stream_words.h"

namespace tintype {
namespace {

constexpr std::uint64_t kCheckpointBytesMax = 1 << 20;  // it has 8192
constexpr std::size_t kNamesShownMax = 5;

struct Candidate {
  std::size_t source;
  FileEntry entry;
};

struct Log {
  const Candidate* file;
  bool current;
  std::int64_t generation;  // 0: a current log whose header cannot be used
  bool ours;                // bears the database's signature
};

// Logs of one folder and base; case does not matter in a base.
struct LogFolder {
  std::size_t source = 0;
  std::string folder, base;
  std::vector<Log> logs;
};

class Search {
 public:
  Search(const std::vector<ExtractSource>& sources, const std::string& name,
         const std::string& volume_name, JobMonitor& monitor)
      : sources_(sources), name_(name), volume_name_(volume_name), monitor_(monitor) {}

  Result<Component> run() {
    TINTYPE_CHECK(look());
    TINTYPE_CHECK(read_database());
    if (needs_logs()) {
      find_logs();
      take_logs();
      take_checkpoint();
    }
    return std::move(component_);
  }

 private:
  [[nodiscard]] bool is_asked_for(const std::string& path) const {
    const bool has_slash = name_.find_first_of("/\\") != std::string::npos;
    const std::string_view subject = has_slash ? std::string_view(path) : file_name_of(path);
    return subject == name_ || glob_matches(name_, path);
  }

  // Databases of that name, and whatever is called like a file of a log stream.
  Result<void> look() {
    std::vector<Candidate> found;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      TINTYPE_TRY(auto files, sources_[i].find([&](const std::string& path) {
        return is_asked_for(path) || parse_ese_stream_name(file_name_of(path)).has_value();
      }));
      const bool may_hold_it = volume_name_.empty() || volume_name_ == sources_[i].volume_name();
      for (FileEntry& file : files)
        (may_hold_it && is_asked_for(file.path) ? found : others_).push_back({i, std::move(file)});
    }
    if (found.empty())
      return plain_error(fmt::format("there is no database {}", name_),
                         "`tintype extract … '*.edb' --to DIR --dry-run` lists databases");
    if (found.size() > 1) {
      std::string paths;
      for (std::size_t i = 0; i < std::min(found.size(), kNamesShownMax); ++i)
        paths += fmt::format("{}{}{}", i == 0 ? "" : ", ", sources_[found[i].source].volume_name(),
                             found[i].entry.path);
      return plain_error(fmt::format("{} files fit {}: {}{}", found.size(), name_, paths,
                                     found.size() > kNamesShownMax ? "…" : ""),
                         "name one by its path, and its volume behind the set's name");
    }
    database_ = std::move(found[0]);
    return {};
  }

  Result<std::vector<std::byte>> front_of(const Candidate& file, std::size_t bytes_max) const {
    std::vector<std::byte> bytes(std::min<std::uint64_t>(file.entry.size_bytes, bytes_max));
    TINTYPE_CHECK(sources_[file.source].read(file.entry, 0, bytes));
    return bytes;
  }

  Result<void> read_database() {
    TINTYPE_TRY(component_.database_front, front_of(database_, kEseFrontBytes));
    component_.header = read_ese_header(component_.database_front);
    using Status = EseHeaderReading::Status;
    if (const Status status = component_.header.status;
        status == Status::corrupt || status == Status::refused)
      return plain_error(fmt::format("the header of {} does not tell which logs it needs: {}",
                                     database_.entry.path, component_.header.problem),
                         "name it as a PATH to have the file as it is");
    add(database_, EseFileKind::database, "");
    return {};
  }

  [[nodiscard]] const DatabaseHeader& header() const { return component_.header.header; }
  [[nodiscard]] bool needs_logs() const {
    const auto state = static_cast<EseState>(header().state.value());
    return state == EseState::dirty_shutdown || state == EseState::dirty_and_patched;
  }
  [[nodiscard]] std::int64_t lowest() const { return header().gen_min_required; }
  [[nodiscard]] std::int64_t highest() const {
    return std::max<std::int64_t>(header().gen_max_required, header().gen_max_committed);
  }
  [[nodiscard]] bool is_needed(std::int64_t generation) const {
    return lowest() > 0 && generation >= lowest() && generation <= highest();
  }

  void find_logs() {
    std::map<std::tuple<std::size_t, std::string, std::string>, LogFolder> folders;
    for (const Candidate& file : others_) {
      const auto name = parse_ese_stream_name(file_name_of(file.entry.path));
      const bool current = name->kind == EseStreamFileKind::current_log;
      if (!current &&
          (name->kind != EseStreamFileKind::archived_log || !is_needed(name->generation)))
        continue;
      Log log{&file, current, name->generation, false};
      const auto front = front_of(file, kEseLogHeaderBytes);
      const EseLogHeaderReading reading =
          front ? read_ese_log_header(*front, file.entry.size_bytes) : EseLogHeaderReading{};
      if (reading.status == EseLogHeaderReading::Status::sound) {
        if (current) log.generation = reading.header.generation;
        log.ours = reading.header.log_signature == header().log_signature;
        if (!log.ours) continue;  // of another stream, whatever its name
      }
      const std::string folder(folder_of(file.entry.path));
      LogFolder& group = folders[{file.source, folder, name->base}];
      group.source = file.source;
      group.folder = folder;
      group.base = name->base;
      group.logs.push_back(log);
    }
    // Logs may lie about in copies: the folder that serves best, then the one that lies nearest.
    const auto fitness = [&](const LogFolder& group) {
      return std::tuple(std::ranges::count_if(group.logs, [](const Log& log) { return log.ours; }),
                        group.source == database_.source,
                        group.folder == folder_of(database_.entry.path));
    };
    for (auto& [key, group] : folders) {
      if (std::ranges::none_of(group.logs, [](const Log& log) { return log.ours; })) continue;
      if (logs_.logs.empty() || fitness(group) > fitness(logs_)) logs_ = std::move(group);
    }
  }

  void take_logs() {
    const auto closed = [](const Log& log) { return !log.current; };
    std::ranges::sort(logs_.logs, {},
                      [](const Log& log) { return std::pair(log.current, log.generation); });
    for (const Log& log : logs_.logs) {
      // Behind a hole in their numbers recovery could not reach it, and would stop at the hole.
      if (!closed(log) && log.generation > highest() + 1) {
        monitor_.detail(fmt::format(
            "{} is left out: generation {}, and {} is the last committed one", log.file->entry.path,
            generation_text(log.generation), generation_text(highest())));
        continue;
      }
      add(*log.file, EseFileKind::log, kComponentLogs);
    }
  }

  void take_checkpoint() {
    for (const Candidate& file : others_) {
      const auto name = parse_ese_stream_name(file_name_of(file.entry.path));
      if (name->kind != EseStreamFileKind::checkpoint || name->base != logs_.base ||
          file.entry.size_bytes > kCheckpointBytesMax)
        continue;
      const auto bytes = front_of(file, kCheckpointBytesMax);
      if (!bytes) continue;
      const EseCheckpointReading reading = read_ese_checkpoint(*bytes);
      using Status = EseCheckpointReading::Status;
      if (reading.status == Status::corrupt || reading.status == Status::refused ||
          reading.header.log_signature != header().log_signature)
        continue;
      if (const std::int64_t from = reading.header.checkpoint.generation; from != lowest()) {
        monitor_.detail(fmt::format("{} is left out: it starts at log {}, this database at {}",
                                    file.entry.path, generation_text(from),
                                    generation_text(lowest())));
        continue;
      }
      add(file, EseFileKind::checkpoint, kComponentLogs);
      return;
    }
  }

  void add(const Candidate& file, EseFileKind kind, const std::string& folder) {
    std::string target = output_path(file_name_of(file.entry.path));
    if (!folder.empty()) target = folder + "/" + target;
    component_.files.push_back({file.source, file.entry, kind, std::move(target)});
  }

  const std::vector<ExtractSource>& sources_;
  const std::string& name_;
  const std::string& volume_name_;
  JobMonitor& monitor_;
  Candidate database_{};
  std::vector<Candidate> others_;
  LogFolder logs_;
  Component component_;
};

}  // namespace

Result<Component> find_component(const std::vector<ExtractSource>& sources, const std::string& name,
                                 const std::string& volume_name, JobMonitor& monitor) {
  return Search(sources, name, volume_name, monitor).run();
}

}  // namespace tintype
