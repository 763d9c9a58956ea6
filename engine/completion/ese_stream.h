// The log streams of ESE at the completion gate.
//
// The rule is section 9.3 of the ESE format facts: with everything verified and stored, the logs
// below X may go, and X is the least of
//   the checkpoint's generation · each dirty database's first required generation ·
//   the last closed generation N · the first generation that a dirty flush map needs.
// So the current log and N itself always stay.
#pragma once

#include "engine/completion/application_stream.h"
#include "verify/ese/stream/ese_stream_report.h"

namespace tintype {

class EseStream final : public ApplicationStream {
 public:
  explicit EseStream(const EseStreamReport& report);  // which must outlive it

  [[nodiscard]] Identity identity() const override;
  [[nodiscard]] std::vector<GatePrecondition> held(const GateInputs& inputs) const override;
  [[nodiscard]] std::vector<GatePrecondition> releasable() const override;
  [[nodiscard]] Release release() const override;

 private:
  using Logs = std::vector<const StreamLog*>;  // ascending; tens of thousands

  [[nodiscard]] GatePrecondition verdict() const;
  [[nodiscard]] GatePrecondition databases(const GateInputs& inputs) const;
  [[nodiscard]] GatePrecondition databases_elsewhere(const GateInputs& inputs) const;
  [[nodiscard]] GatePrecondition required_logs() const;
  [[nodiscard]] GatePrecondition all_logs() const;
  [[nodiscard]] bool is_sound(std::int64_t generation) const;

  const EseStreamReport& report_;
  Logs archived_, current_;
};

}  // namespace tintype
