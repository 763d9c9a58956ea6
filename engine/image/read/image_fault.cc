#include "engine/image/read/image_fault.h"

namespace tintype {

std::string_view to_string(ImageFaultKind kind) noexcept {
  switch (kind) {
    case ImageFaultKind::head:
      return "record or frame header damaged";
    case ImageFaultKind::stored_digest:
      return "stored bytes differ from their digest";
    case ImageFaultKind::seal:
      return "stored bytes are not what was sealed as this chunk";
    case ImageFaultKind::decode:
      return "compressed block cannot be unpacked";
    case ImageFaultKind::plain_digest:
      return "unpacked bytes differ from their digest";
    case ImageFaultKind::unreadable:
      return "medium error";
  }
  return "";
}

}  // namespace tintype
