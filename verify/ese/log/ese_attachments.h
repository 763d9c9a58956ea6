// Which databases are attached to a log stream: the list of 2048 bytes in the header of each log,
// as of the log's creation, and in each copy of a checkpoint, as of its last write. Place and size
// are from sections 6.1 and 7 of the ESE format facts; the entries' layout was read off real files
// (samples srum-dirty and srum-clean, version 8), where it names database, path and signature.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "verify/ese/ese_header.h"

namespace tintype {

inline constexpr std::size_t kEseLogAttachmentsAt = 671;
inline constexpr std::size_t kEseCheckpointAttachmentsAt = 679;
inline constexpr std::size_t kEseAttachmentListBytes = 2048;

struct EseAttachment {
  std::string path;  // as the server names it: "C:\\Mailbox\\DB1.edb"
  Signature db_signature{};
};

// `list` is of kEseAttachmentListBytes, or less if the header was cut short. Ends at the first
// entry without a name. An entry that makes no sense ends the list too: what comes behind is not
// known, and what came before it stands.
[[nodiscard]] std::vector<EseAttachment> read_ese_attachments(std::span<const std::byte> list);

}  // namespace tintype
