#include "tools/session/job_control.h"

namespace tintype {

JobControl::JobControl(std::string command, std::uint64_t process_id, RateLimits& limits)
    : limits_(limits) {
  status_.process_id = process_id;
  status_.command = std::move(command);
}

Result<void> JobControl::open(const std::string& folder) {
  TINTYPE_TRY(LocalServer server,
              LocalServer::listen(folder, std::to_string(status_.process_id),
                                  [this](std::string_view question) { return answer(question); }));
  server_.emplace(std::move(server));
  return {};
}

void JobControl::set_begun(std::string_view name) {
  const std::lock_guard lock(mutex_);
  status_.set = name;
}

void JobControl::update(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  status_.volume = progress.volume;
  status_.limiting = to_string(progress.limiting);
  status_.total_bytes = progress.total_bytes;
  status_.read_bytes = progress.read_bytes;
  status_.written_bytes = progress.written_bytes;
  status_.seconds = progress.seconds;
}

std::string JobControl::answer(std::string_view question) {
  const auto request = parse_limit_request(question);
  if (!request) return "not understood\n";
  if (request->read_limit) limits_.read_bytes_per_second = *request->read_limit;
  if (request->write_limit) limits_.write_bytes_per_second = *request->write_limit;
  const std::lock_guard lock(mutex_);
  status_.read_limit = limits_.read_bytes_per_second;
  status_.write_limit = limits_.write_bytes_per_second;
  return to_text(status_);
}

}  // namespace tintype
