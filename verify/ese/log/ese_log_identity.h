// What of a log's header is asked for when its stream is judged. There may be tens of thousands of
// logs, and most of a header are two paths that are the same in all of them.
#pragma once

#include "verify/ese/log/ese_log_header.h"

namespace tintype {

// The names and types are those of LogHeader. All zero: there is no header.
struct EseLogIdentity {
  EseLogIdentity() = default;
  EseLogIdentity(const LogHeader& header)  // NOLINT(google-explicit-constructor): it is a part
      : generation(header.generation),
        page_bytes(header.page_bytes),
        create_time(header.create_time),
        previous_create_time(header.previous_create_time),
        version_major(header.version_major),
        version_minor(header.version_minor),
        update_major(header.update_major),
        update_minor(header.update_minor),
        log_signature(header.log_signature),
        flags(header.flags),
        environment_flags(header.environment.flags),
        previous_segments_checksum(header.previous_segments_checksum) {}

  Le<std::int32_t> generation{};
  le16 page_bytes{};
  LogTime create_time{};
  LogTime previous_create_time{};
  le32 version_major{};
  le32 version_minor{};
  le32 update_major{};
  le32 update_minor{};
  Signature log_signature{};
  std::uint8_t flags = 0;
  std::uint8_t environment_flags = 0;
  le64 previous_segments_checksum{};
};

}  // namespace tintype
