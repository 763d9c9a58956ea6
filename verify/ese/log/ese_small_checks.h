// In-line checks of the other files of a log stream: checkpoints and flush maps.
#pragma once

#include <array>

#include "verify/ese/log/ese_checkpoint.h"
#include "verify/ese/log/ese_flush_map.h"
#include "verify/ese/log/ese_unit_check.h"

namespace tintype {

struct EseCheckpointFacts {
  std::string volume;  // filled in by the engine
  std::string path;
  bool complete = false;
  EseCheckpointReading reading;

  [[nodiscard]] bool usable() const noexcept {
    return reading.status != EseCheckpointReading::Status::corrupt &&
           reading.status != EseCheckpointReading::Status::refused;
  }
};

class EseCheckpointCheck final : public EseUnitCheck {
 public:
  EseCheckpointCheck(std::string path, std::uint64_t file_bytes,
                     std::shared_ptr<EseByteBudget> budget);
  ~EseCheckpointCheck() override;
  [[nodiscard]] FileReport finish() override;
  // After finish().
  [[nodiscard]] const EseCheckpointFacts& facts() const noexcept { return facts_; }

 private:
  [[nodiscard]] bool wants_bytes(std::uint64_t index) const override;
  void on_unit(Unit&& unit) override;
  void on_all() override;

  EseCheckpointFacts facts_;
  std::array<std::vector<std::byte>, 2> copies_;
};

struct EseFlushMapFacts {
  std::string volume;  // filled in by the engine
  std::string path;
  bool complete = false;
  bool header_is_sound = false;
  FlushMapHeader header{};
  PageCounts pages;
  EseProblems problems;
};

// Of a map only the header is kept, and of each page its verdict.
class EseFlushMapCheck final : public EseUnitCheck {
 public:
  EseFlushMapCheck(std::string path, std::uint64_t file_bytes,
                   std::shared_ptr<EseByteBudget> budget);
  [[nodiscard]] FileReport finish() override;
  // After finish().
  [[nodiscard]] const EseFlushMapFacts& facts() const noexcept { return facts_; }

 private:
  [[nodiscard]] bool wants_bytes(std::uint64_t index) const override;
  void on_unit(Unit&& unit) override;
  void on_all() override {}

  EseFlushMapFacts facts_;
  std::uint64_t problems_dropped_ = 0;
};

}  // namespace tintype
