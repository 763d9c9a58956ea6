// Shows running jobs and changes their limits. A job is found by its socket's name, its process
// number; a set's name is asked of the jobs themselves.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include "io/process/local_server.h"
#include "tools/cli/options/limit_command.h"
#include "tools/session/job_status.h"
#include "tools/session/session.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

constexpr std::chrono::seconds kPatience{3};

struct Job {
  std::string socket;
  JobStatus status;
};

Result<JobStatus> ask(const std::string& socket, const LimitRequest& request) {
  TINTYPE_TRY(const std::string answer, ask_local_server(socket, to_line(request), kPatience));
  if (auto status = parse_job_status(answer)) return *std::move(status);
  return plain_error("the answer of " + socket + " is not understood",
                     "the job is another version's");
}

// A folder that is not there has no jobs in it.
std::vector<Job> running_jobs(const std::string& folder, Session& session) {
  std::vector<Job> jobs;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    if (!entry.is_socket(code)) continue;
    const std::string socket = entry.path().string();
    auto status = ask(socket, {});
    if (status)
      jobs.push_back({socket, *std::move(status)});
    else if (status.error().code == std::errc::connection_refused)
      std::filesystem::remove(socket, code);                               // its process was killed
    else if (status.error().code != std::errc::no_such_file_or_directory)  // it has just ended
      session.warn(status.error().line());
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const Job& a, const Job& b) { return a.status.process_id < b.status.process_id; });
  return jobs;
}

std::string job_text(const JobStatus& job) {
  std::string line = fmt::format("{}  {}", job.process_id, printable(job.command));
  if (!job.volume.empty()) line += " " + printable(job.volume);
  if (job.total_bytes > 0)
    line += fmt::format(", {} read", bytes_of_text(job.read_bytes, job.total_bytes));
  if (job.seconds > 0) line += ", " + rate_text(job.read_bytes, job.seconds);
  if (!job.limiting.empty() && job.limiting != "-")
    line += ", limited by: " + printable(job.limiting);
  line += fmt::format("\n    limits: read {}, write {}\n", limit_text(job.read_limit),
                      limit_text(job.write_limit));
  if (!job.set.empty()) line += fmt::format("    set {}\n", printable(job.set));
  return line;
}

JsonObject to_json(const JobStatus& job) {
  return JsonObject()
      .add("pid", job.process_id)
      .add("command", job.command)
      .add("set", job.set)
      .add("volume", job.volume)
      .add("total_bytes", job.total_bytes)
      .add("read_bytes", job.read_bytes)
      .add("written_bytes", job.written_bytes)
      .add("seconds", job.seconds)
      .add("limiting", job.limiting)
      .add("read_limit", job.read_limit)
      .add("write_limit", job.write_limit);
}

bool is_named(const JobStatus& job, const std::string& name) {
  return name == std::to_string(job.process_id) || (!job.set.empty() && job.set == name);
}

ExitCode tell(Session& session, const std::vector<JobStatus>& jobs) {
  std::vector<JsonObject> all;
  for (const JobStatus& job : jobs) {
    session.print(job_text(job));
    all.push_back(to_json(job));
  }
  return session.finish(ExitCode::sound, JsonObject().add("jobs", all));
}

}  // namespace

ExitCode run_command(Session& session, const LimitCommand& command) {
  session.start(JsonObject().add("job", command.job));
  const std::string& folder = session.env().job_folder;
  if (folder.empty())
    return session.fail(ExitCode::failed,
                        plain_error("there is no folder in which running jobs could be found",
                                    "set XDG_RUNTIME_DIR or TINTYPE_JOB_FOLDER, for them too")
                            .value());
  const std::vector<Job> jobs = running_jobs(folder, session);
  std::vector<JobStatus> told;
  for (const Job& job : jobs) {
    if (!command.job.empty() && !is_named(job.status, command.job)) continue;
    told.push_back(job.status);
    if (!command.read_limit && !command.write_limit) continue;
    const auto changed = ask(job.socket, {command.read_limit, command.write_limit});
    if (!changed) return session.fail(ExitCode::failed, changed.error());
    told.back() = *changed;
  }
  if (!told.empty()) return tell(session, told);
  if (command.job.empty()) {
    session.print("no job is running\n");
    return tell(session, {});
  }
  return session.fail(
      ExitCode::failed,
      plain_error(fmt::format("no job {} is running", command.job), "`tintype limit` lists them")
          .value());
}

}  // namespace tintype
