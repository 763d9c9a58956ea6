// Where the time of a pass goes, and so what limits it.
//
// Blocks pile up in front of what is slow. Each moment of a pass is therefore divided among the
// stages by the blocks that are in them; blocks that wait for their turn belong to none, for they
// wait for a block that does. Reading back gets a moment only when nothing else is left to do:
// until then it is behind, but holds nobody up. What a limit holds back is the limit's, not the
// disk's.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tintype {

enum class Stage : std::uint8_t { none, read, compute, write, read_back, read_limit, write_limit };
inline constexpr std::size_t kStages = 7;
[[nodiscard]] std::string_view to_string(Stage stage) noexcept;

class StageTimes {
 public:
  struct Blocks {
    unsigned reading = 0, computing = 0, writing = 0, reading_back = 0;
    bool reads_held = false, writes_held = false;  // by a limit
  };
  void add(double seconds, const Blocks& blocks) noexcept;
  void add(double seconds, Stage stage) noexcept { seconds_[index(stage)] += seconds; }

  // What was added since `earlier`, which was a copy of this.
  [[nodiscard]] StageTimes since(const StageTimes& earlier) const noexcept;
  StageTimes& operator+=(const StageTimes& more) noexcept;
  // Of all that was added.
  [[nodiscard]] double seconds() const noexcept;
  // Of all that was added, 0…1.
  [[nodiscard]] double share(Stage stage) const noexcept;
  // The stage with the largest share; none if nothing was added.
  [[nodiscard]] Stage limiting() const noexcept;

 private:
  static constexpr std::size_t index(Stage stage) { return static_cast<std::size_t>(stage); }
  std::array<double, kStages> seconds_{};  // none: idle
};

// Held back by a limit or not: what reading, or writing, took.
[[nodiscard]] inline double read_share(const StageTimes& times) noexcept {
  return times.share(Stage::read) + times.share(Stage::read_limit);
}
[[nodiscard]] inline double write_share(const StageTimes& times) noexcept {
  return times.share(Stage::write) + times.share(Stage::write_limit);
}

}  // namespace tintype
