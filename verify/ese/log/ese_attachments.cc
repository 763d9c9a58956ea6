#include "verify/ese/log/ese_attachments.h"

#include <cstring>

#include "hashing/utf16.h"
#include "verify/ese/ese_text.h"

namespace tintype {
namespace {

struct EntryHead {
  std::uint8_t dbid;       // +0   0 in checkpoints
  std::uint8_t flags;      // +1
  le16 name_bytes;         // +2   with the zero at its end; 0: no more entries
  le64 dbtime;             // +4
  le32 objid_last;         // +12
  le32 pages_max;          // +16
  LgPos attach;            // +20
  LgPos consistent;        // +28
  Signature db_signature;  // +36
                           // +64  the name

  static constexpr std::uint8_t kUnicode = 0x20;  // the name is UTF-16, else bytes
};
static_assert(sizeof(EntryHead) == 64 && alignof(EntryHead) == 1);
static_assert(offsetof(EntryHead, attach) == 20 && offsetof(EntryHead, db_signature) == 36);

}  // namespace

std::vector<EseAttachment> read_ese_attachments(std::span<const std::byte> list) {
  std::vector<EseAttachment> found;
  while (list.size() >= sizeof(EntryHead)) {
    EntryHead head{};
    std::memcpy(&head, list.data(), sizeof head);
    const std::size_t name_bytes = head.name_bytes;
    list = list.subspan(sizeof head);
    if (name_bytes == 0 || name_bytes > list.size() || !head.db_signature.is_set()) break;
    const std::string name =
        (head.flags & EntryHead::kUnicode) != 0
            ? utf8_from_utf16(list.first(name_bytes))
            : std::string(reinterpret_cast<const char*>(list.data()), name_bytes);
    list = list.subspan(name_bytes);
    EseAttachment entry{.path = name.substr(0, name.find('\0')), .db_signature = head.db_signature};
    if (entry.path.empty()) break;
    found.push_back(std::move(entry));
  }
  return found;
}

}  // namespace tintype
