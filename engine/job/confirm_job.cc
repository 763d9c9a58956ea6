#include "engine/job/confirm_job.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/completion/ese_stream.h"
#include "engine/completion/generation_text.h"
#include "engine/completion/live_logs.h"
#include "engine/completion/run_shell.h"
#include "io/folder/folder_map.h"
#include "io/source/volume_spec.h"

namespace tintype {
namespace {

// Whether the directory holds files of this stream, by name.
bool holds_stream(const std::string& directory, const std::string& base) {
  const auto live = list_live_logs(directory, base);
  return live && (!live->archived.empty() || !live->checkpoint.empty());
}

class Confirmation {
 public:
  Confirmation(const Repository& repository, const SetEntry& set, const ConfirmOptions& options,
               JobMonitor& monitor, std::span<const DurableImage> own)
      : verdicts_(repository), set_(set), options_(options), monitor_(monitor), own_(own) {}

  ConfirmOutcome run() {
    if (set_.manifest.streams.empty()) {
      outcome_.problem = "there is no log stream in this backup: nothing to confirm";
      return std::move(outcome_);
    }
    if (was_refused()) return std::move(outcome_);
    std::vector<GateDecision> decisions = judge_set(set_.manifest, prove_images());
    const std::vector<std::string> directories = assign_directories(decisions);
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      StreamConfirmation stream{.gate = decisions[i].record, .directory = directories[i]};
      confirm(std::move(decisions[i]), i + 1, stream);
      outcome_.streams.push_back(std::move(stream));
    }
    return std::move(outcome_);
  }

 private:
  // What the gate refused when the backup was made it would refuse again, whatever the images hold:
  // they need not be read for that.
  bool was_refused() {
    const std::vector<GateRecord>& gates = set_.manifest.gates;
    if (gates.size() != set_.manifest.streams.size() ||
        std::ranges::any_of(gates, [](const GateRecord& gate) { return gate.open(); }))
      return false;
    for (const GateRecord& gate : gates)
      outcome_.streams.push_back({.gate = gate, .problem = gate.summary});
    return true;
  }

  std::vector<DurableImage> prove_images() {
    const ProofOptions how{.trust_verified = options_.trust_verified,
                           .keep_verdicts = !options_.dry_run,
                           .pass = options_.pass};
    std::vector<DurableImage> images;
    for (const VolumeManifest& volume : set_.manifest.volumes) {
      auto image = prove_image(verdicts_, set_, volume, own_, how, monitor_);
      if (image) {
        images.push_back(*std::move(image));
      } else if (image.error().code == std::errc::operation_canceled) {
        return {};
      } else {
        monitor_.warning(image.error().line());
        const bool damaged = image.error().code == std::errc::bad_message;
        (damaged ? outcome_.damage : outcome_.not_read).push_back(image.error().line());
      }
    }
    return images;
  }

  // One directory a stream. With one stream in the set there is nothing to guess.
  std::vector<std::string> assign_directories(const std::vector<GateDecision>& decisions) {
    std::vector<std::string> assigned(decisions.size());
    for (const std::string& directory : options_.truncate_directories) {
      std::vector<std::size_t> fitting;
      for (std::size_t i = 0; i < decisions.size(); ++i)
        if (decisions.size() == 1 || holds_stream(directory, decisions[i].record.base))
          fitting.push_back(i);
      if (fitting.size() == 1 && assigned[fitting[0]].empty())
        assigned[fitting[0]] = directory;
      else
        outcome_.problem =
            fmt::format("{} fits {} log streams of this backup: nothing was deleted in it",
                        directory, fitting.empty() ? "none of the" : "several");
    }
    return assigned;
  }

  void confirm(GateDecision decision, std::size_t number, StreamConfirmation& stream) {
    const GateRecord& gate = stream.gate;
    if (monitor_.stop_requested) {
      stream.problem = "interrupted before it was confirmed: logs stay";
      return;
    }
    if (!gate.open()) {
      stream.problem = gate.summary;
      return;
    }
    if (!options_.on_confirm.empty() && !options_.dry_run) {
      stream.problem = run_command(gate, stream.directory);
      if (!stream.problem.empty()) return;
      stream.confirmed = true;
    }
    if (stream.directory.empty() || !decision.permit) return;
    auto truncated = truncate_logs(*std::move(decision.permit),
                                   {.directory = stream.directory,
                                    .store = set_.store,
                                    .set = set_.key(),
                                    .stream = number,
                                    .dry_run = options_.dry_run},
                                   monitor_);
    if (truncated)
      stream.truncation = *std::move(truncated);
    else
      stream.problem = truncated.error().line();
  }

  // Why it failed; "" if it did not.
  [[nodiscard]] std::string run_command(const GateRecord& gate,
                                        const std::string& directory) const {
    const bool some = gate.truncate_below > gate.truncate_from;
    const auto number = [&](std::int64_t generation) {
      return some ? std::to_string(generation) : std::string();
    };
    const auto code =
        run_shell(options_.on_confirm, {{"TINTYPE_SET", set_.path},
                                        {"TINTYPE_STREAM", gate.base},
                                        {"TINTYPE_VOLUME", gate.volume},
                                        {"TINTYPE_LOG_FOLDER", gate.log_folder},
                                        {"TINTYPE_LOG_DIRECTORY", directory},
                                        {"TINTYPE_TRUNCATE_FROM", number(gate.truncate_from)},
                                        {"TINTYPE_TRUNCATE_TO", number(gate.truncate_below - 1)}});
    if (!code) return code.error().line();
    if (*code == 0) return {};
    return fmt::format("the confirming command failed with exit code {}: logs stay", *code);
  }

  const VerdictStore verdicts_;
  const SetEntry& set_;
  const ConfirmOptions& options_;
  JobMonitor& monitor_;
  const std::span<const DurableImage> own_;
  ConfirmOutcome outcome_;
};

// Sets of versions that did not look are no exception: what was not looked for is not known.
std::string change_of_sources(const SetManifest& manifest) {
  for (const VolumeManifest& volume : manifest.volumes) {
    // The server of an NBD export answers for it: nobody here can look.
    const auto spec = parse_volume_spec(volume.source, [](const std::string&) { return false; });
    const bool served = spec && spec->is_uri;
    if (!volume.folder_problems.kept.empty()) {
      const FolderProblem& first = volume.folder_problems.kept.front();
      return fmt::format("{}: {} {}", volume.name, first.path, first.what);
    }
    if (!volume.source_in_use.empty())
      return fmt::format("{} was in use while it was read: {}", volume.name, volume.source_in_use);
    if (!volume.source_watched && !served)
      return fmt::format(
          "nobody looked whether {} changed while it was read: a new full backup does",
          volume.name);
  }
  return "";
}

}  // namespace

std::vector<GateDecision> judge_set(const SetManifest& manifest,
                                    const std::vector<DurableImage>& images) {
  const bool whole = std::ranges::none_of(manifest.volumes, [](const VolumeManifest& volume) {
    return volume.folder || volume.filesystem == kFolderType;
  });
  GateInputs inputs{.type = manifest.type,
                    .whole_volumes = whole,
                    .source_changed = change_of_sources(manifest),
                    .images = images,
                    .all_databases_known = manifest.all_databases};
  for (const VolumeManifest& volume : manifest.volumes) {
    inputs.volumes.push_back(volume.name);
    for (const FileReport& report : volume.databases)
      if (report.sound()) inputs.sound_databases.push_back(report.path);
  }
  std::vector<GateDecision> decisions;
  for (const EseStreamReport& stream : manifest.streams)
    decisions.push_back(judge_completion(EseStream(stream), inputs));
  return decisions;
}

ConfirmOutcome confirm_set(const Repository& repository, const SetEntry& set,
                           const ConfirmOptions& options, JobMonitor& monitor,
                           std::span<const DurableImage> own) {
  return Confirmation(repository, set, options, monitor, own).run();
}

}  // namespace tintype
