#include "verify/ese/log/ese_log_link.h"

#include <fmt/format.h>

#include "verify/ese/ese_error.h"
#include "verify/ese/ese_text.h"

namespace tintype {
namespace {}  // namespace

EseProblems check_ese_log_link(const EseLogIdentity& earlier,
                               std::optional<std::uint64_t> accumulated_checksum,
                               const EseLogIdentity& later) {
  EseProblems problems;
  const auto add = [&](std::string_view name, int error_number, std::string text) {
    problems.push_back(make_problem(name, FindingKind::incomplete, error_number, std::move(text)));
  };
  if (later.log_signature != earlier.log_signature)
    add("SignatureMismatch", kErrBadLogSignature,
        fmt::format("log signature is \"{}\", in generation {:#x} it is \"{}\"",
                    to_text(later.log_signature), earlier.generation.value(),
                    to_text(earlier.log_signature)));
  // Generations are 31 bits wide: the sum cannot wrap in 64.
  if (later.generation != std::int64_t{earlier.generation} + 1) {
    add("GenerationMissing", kErrMissingLogFile,
        fmt::format("generation {:#x} follows {:#x}", later.generation.value(),
                    earlier.generation.value()));
    return problems;  // nothing below holds across a gap
  }
  if (later.previous_create_time != earlier.create_time)
    add("CreateTimeMismatch", kErrInvalidLogSequence,
        fmt::format("previous generation was created {}, {:#x} was {}",
                    to_text(later.previous_create_time), earlier.generation.value(),
                    to_text(earlier.create_time)));
  // Zero: an engine that did not keep it.
  if (accumulated_checksum && later.previous_segments_checksum != 0 &&
      later.previous_segments_checksum != *accumulated_checksum)
    add("SequenceChecksumMismatch", kErrLogSequenceChecksumMismatch,
        fmt::format("segments of the previous generation add up to {:#018x}, not to {:#018x}: "
                    "its last segments were lost",
                    *accumulated_checksum, later.previous_segments_checksum.value()));
  return problems;
}

}  // namespace tintype
