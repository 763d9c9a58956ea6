#include "tools/session/progress_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

constexpr double kRedrawSeconds = 0.1;  // ten frames a second are plenty
constexpr double kLineSeconds = 60;     // without a terminal: a sign of life each minute,
constexpr double kTenthSeconds = 1;     // and each tenth, but never a burst of lines

int percent(double fraction) {
  return static_cast<int>(std::clamp(fraction, 0.0, 1.0) * 100);
}

std::string left_text(const ProgressMeter::Reading& reading) {
  return reading.seconds_left ? duration_text(*reading.seconds_left) + " left" : "";
}

bool counts_bytes(Phase phase) {
  return phase == Phase::compare || phase == Phase::copy || phase == Phase::read_back;
}

std::string rate_of(const ProgressMeter::Reading& reading) {
  return rate_text(static_cast<std::uint64_t>(reading.bytes_per_second),
                   reading.bytes_per_second > 0 ? 1 : 0);
}

// ", limited by: read, 4 KiB UNREADABLE"
std::string facts_of(const Progress& progress) {
  std::string facts;
  if (progress.limiting != Stage::none)
    facts += fmt::format(", limited by: {}", to_string(progress.limiting));
  if (progress.unreadable_bytes > 0)
    facts += fmt::format(", {} UNREADABLE", bytes_text(progress.unreadable_bytes));
  return facts;
}

}  // namespace

ProgressMeter::Reading ProgressMeter::read(const Progress& progress, double now) {
  Reading reading;
  const bool back = progress.phase == Phase::read_back;
  reading.done_bytes = back ? progress.read_back_bytes : progress.read_bytes;
  reading.total_bytes = back ? progress.written_bytes : progress.total_bytes;
  if (progress.phase != phase_ || progress.volume != volume_) samples_.clear();
  phase_ = progress.phase;
  volume_ = progress.volume;

  samples_.push_back({now, reading.done_bytes});
  // One sample older than the window stays: the window is then never shorter than it says.
  while (samples_.size() > 2 && samples_[1].time <= now - kWindowSeconds) samples_.pop_front();
  const Sample& first = samples_.front();
  if (now > first.time && reading.done_bytes >= first.bytes)
    reading.bytes_per_second =
        static_cast<double>(reading.done_bytes - first.bytes) / (now - first.time);
  if (reading.total_bytes > 0)
    reading.fraction = std::min(
        1.0, static_cast<double>(reading.done_bytes) / static_cast<double>(reading.total_bytes));
  // An estimate needs a second of history: before that it only jumps about.
  if (reading.bytes_per_second > 0 && now - first.time >= 1 && counts_bytes(progress.phase))
    reading.seconds_left = static_cast<double>(reading.total_bytes -
                                               std::min(reading.done_bytes, reading.total_bytes)) /
                           reading.bytes_per_second;
  return reading;
}

std::string status_line(const Progress& progress, const ProgressMeter::Reading& reading) {
  std::string line = printable(progress.volume);
  line += fmt::format("{}{}", line.empty() ? "" : ": ", reading.word);
  if (counts_bytes(progress.phase)) {
    line += fmt::format(" {} %, {}, {}", percent(reading.fraction),
                        bytes_of_text(reading.done_bytes, reading.total_bytes), rate_of(reading));
    if (const std::string left = left_text(reading); !left.empty()) line += ", " + left;
  }
  return line + facts_of(progress);
}

std::string bar_line(const Progress& progress, const ProgressMeter::Reading& reading,
                     std::size_t width) {
  const std::string name =
      cut_middle(printable(progress.volume), std::min<std::size_t>(24, width / 3));
  std::string head = fmt::format("{}{}{}", name, name.empty() ? "" : "  ", reading.word);
  if (!counts_bytes(progress.phase)) return cut_end(head, width);
  const std::string tail = fmt::format("{:3} %  {:>10}  {:>13}", percent(reading.fraction),
                                       rate_of(reading), left_text(reading));
  if (width < columns(head) + tail.size() + 14) {
    if (width < columns(head) + tail.size() + 2) return cut_end(tail, width);
    return fmt::format("{}  {}", head, tail);
  }
  const std::size_t cells = width - columns(head) - tail.size() - 6;
  const auto full = static_cast<std::size_t>(reading.fraction * static_cast<double>(cells));
  return fmt::format("{}  [{}{}]  {}", head, std::string(full, '#'), std::string(cells - full, '-'),
                     tail);
}

std::string facts_line(const Progress& progress, const ProgressMeter::Reading& reading, bool shares,
                       std::size_t width) {
  std::string line;
  if (counts_bytes(progress.phase)) line = bytes_of_text(reading.done_bytes, reading.total_bytes);
  line += facts_of(progress);
  if (shares)
    line += fmt::format(
        ", read {} % compute {} % write {} % read-back {} %", percent(read_share(progress.times)),
        percent(progress.times.share(Stage::compute)), percent(write_share(progress.times)),
        percent(progress.times.share(Stage::read_back)));
  if (line.starts_with(", ")) line.erase(0, 2);
  return cut_end(line, width);
}

ProgressView::ProgressView(ToolEnv& env, Options options)
    : env_(env), mode_(options.mode), copying_(options.copying), shares_(options.shares) {
  // A terminal that cannot move its cursor gets lines.
  if (mode_ == ProgressMode::automatic) {
    const auto term = env.variable("TERM");
    const bool drawable = env.err_terminal && term && *term != "dumb" && !term->empty();
    mode_ = drawable ? ProgressMode::bar : ProgressMode::lines;
  }
}

void ProgressView::update(const Progress& progress) {
  const double now = env_.now();
  const bool moved_on = progress.phase != phase_ || progress.volume != volume_;
  if (moved_on) {
    lined_tenth_ = 0;
    phase_ = progress.phase;
    volume_ = progress.volume;
  }
  ProgressMeter::Reading reading = meter_.read(progress, now);
  reading.word = progress.phase == Phase::copy ? copying_ : to_string(progress.phase);
  status_line_ = status_line(progress, reading);
  if (mode_ == ProgressMode::bar) {
    if (moved_on || drawn_at_ < 0 || now - drawn_at_ >= kRedrawSeconds) draw(progress, reading);
  } else if (mode_ == ProgressMode::lines) {
    if (lined_at_ < 0) lined_at_ = now;  // the first line comes when there is something to say
    const int tenth = counts_bytes(progress.phase) ? percent(reading.fraction) / 10 : 0;
    const double since = now - lined_at_;
    if (since < kLineSeconds && !(tenth > lined_tenth_ && since >= kTenthSeconds)) return;
    print_line(status_line_);
    lined_tenth_ = tenth;
    lined_at_ = now;
  }
}

void ProgressView::draw(const Progress& progress, const ProgressMeter::Reading& reading) {
  // The last column stays free: writing it makes some terminals wrap.
  const std::size_t width = std::max(env_.columns(), 20u) - 1;
  // Up to the first of the two lines, each rewritten and its rest erased.
  env_.err << (drawn_ ? "\r\x1b[1A" : "\r") << bar_line(progress, reading, width) << "\x1b[K\n"
           << facts_line(progress, reading, shares_, width) << "\x1b[K" << std::flush;
  drawn_ = true;
  drawn_at_ = env_.now();
}

void ProgressView::print_status() {
  print_line(status_line_.empty() ? "nothing copied yet" : status_line_);
}

void ProgressView::print_line(std::string_view line) {
  clear();
  env_.err << line << '\n' << std::flush;
}

void ProgressView::clear() {
  if (!drawn_) return;
  env_.err << "\r\x1b[K\x1b[1A\r\x1b[K" << std::flush;
  drawn_ = false;
  drawn_at_ = -1;
}

}  // namespace tintype
