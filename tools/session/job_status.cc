#include "tools/session/job_status.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace tintype {
namespace {

constexpr std::string_view kFirstLine = "tintype-job 1";

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class T>
void read(std::string_view text, T& value) {
  if (const auto read = number<T>(text)) value = *read;
}

// Takes what stands before `separator`, or all.
std::string_view take_up_to(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

// A name may hold a line's end; a line of the answer may not.
std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\0') c = '?';
  return text;
}

}  // namespace

std::string to_text(const JobStatus& status) {
  return fmt::format(
      "{}\npid {}\ncommand {}\nset {}\nvolume {}\nlimiting {}\ntotal {}\nread {}\nwritten {}\n"
      "seconds {:.3f}\nread-limit {}\nwrite-limit {}\n",
      kFirstLine, status.process_id, one_line(status.command), one_line(status.set),
      one_line(status.volume), one_line(status.limiting), status.total_bytes, status.read_bytes,
      status.written_bytes, status.seconds, status.read_limit, status.write_limit);
}

std::optional<JobStatus> parse_job_status(std::string_view text) {
  if (take_up_to(text, '\n') != kFirstLine) return std::nullopt;
  JobStatus status;
  while (!text.empty()) {
    std::string_view value = take_up_to(text, '\n');
    const std::string_view key = take_up_to(value, ' ');
    if (key == "pid") read(value, status.process_id);
    if (key == "command") status.command = value;
    if (key == "set") status.set = value;
    if (key == "volume") status.volume = value;
    if (key == "limiting") status.limiting = value;
    if (key == "total") read(value, status.total_bytes);
    if (key == "read") read(value, status.read_bytes);
    if (key == "written") read(value, status.written_bytes);
    if (key == "seconds") read(value, status.seconds);
    if (key == "read-limit") read(value, status.read_limit);
    if (key == "write-limit") read(value, status.write_limit);
  }
  if (!std::isfinite(status.seconds)) status.seconds = 0;
  return status;
}

std::string to_line(const LimitRequest& request) {
  if (!request.read_limit && !request.write_limit) return "status";
  std::string line = "limit";
  if (request.read_limit) line += fmt::format(" read={}", *request.read_limit);
  if (request.write_limit) line += fmt::format(" write={}", *request.write_limit);
  return line;
}

std::optional<LimitRequest> parse_limit_request(std::string_view line) {
  const std::string_view verb = take_up_to(line, ' ');
  LimitRequest request;
  if (verb == "status" && line.empty()) return request;
  if (verb != "limit") return std::nullopt;
  while (!line.empty()) {
    std::string_view value = take_up_to(line, ' ');
    const std::string_view key = take_up_to(value, '=');
    const auto rate = number<std::uint64_t>(value);
    if (!rate || (key != "read" && key != "write")) return std::nullopt;
    (key == "read" ? request.read_limit : request.write_limit) = rate;
  }
  return request;
}

}  // namespace tintype
