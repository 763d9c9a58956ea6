#include "engine/monitor/stage_times.h"

#include <algorithm>
#include <numeric>

namespace tintype {

std::string_view to_string(Stage stage) noexcept {
  switch (stage) {
    case Stage::none:
      return "-";
    case Stage::read:
      return "read";
    case Stage::compute:
      return "compute";
    case Stage::write:
      return "write";
    case Stage::read_back:
      return "read-back";
    case Stage::read_limit:
      return "read-limit";
    case Stage::write_limit:
      return "write-limit";
  }
  return "";
}

void StageTimes::add(double seconds, const Blocks& blocks) noexcept {
  const unsigned all = blocks.reading + blocks.computing + blocks.writing;
  if (all == 0) return add(seconds, blocks.reading_back > 0 ? Stage::read_back : Stage::none);
  const double each = seconds / all;
  add(each * blocks.reading, blocks.reads_held ? Stage::read_limit : Stage::read);
  add(each * blocks.computing, Stage::compute);
  add(each * blocks.writing, blocks.writes_held ? Stage::write_limit : Stage::write);
}

StageTimes StageTimes::since(const StageTimes& earlier) const noexcept {
  StageTimes difference;
  for (std::size_t i = 0; i < kStages; ++i)
    difference.seconds_[i] = seconds_[i] - earlier.seconds_[i];
  return difference;
}

StageTimes& StageTimes::operator+=(const StageTimes& more) noexcept {
  for (std::size_t i = 0; i < kStages; ++i) seconds_[i] += more.seconds_[i];
  return *this;
}

double StageTimes::seconds() const noexcept {
  return std::accumulate(seconds_.begin(), seconds_.end(), 0.0);
}

double StageTimes::share(Stage stage) const noexcept {
  const double sum = seconds();
  return sum > 0 ? seconds_[index(stage)] / sum : 0;
}

Stage StageTimes::limiting() const noexcept {
  const auto longest = std::max_element(seconds_.begin() + 1, seconds_.end());
  return *longest > 0 ? static_cast<Stage>(longest - seconds_.begin()) : Stage::none;
}

}  // namespace tintype
