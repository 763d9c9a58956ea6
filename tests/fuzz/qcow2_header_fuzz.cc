// The head of a qcow2, any bytes.
#include "io/disk_image/qcow2_header.h"
#include "io/invariant.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = tintype::parse_qcow2_header(std::as_bytes(std::span(data, size)));
  if (header)
    tintype::invariant(header->backing_name.size() <= size, "a name longer than the file");
  else
    tintype::invariant(!header.error().what.empty(), "an error without a word");
  return 0;
}
