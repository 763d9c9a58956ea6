// The image reader and the salvage on any bytes. The first byte says how to treat the others:
//   bit 0   sign again what lies under digests, so that the search gets behind them
#include <cstring>

#include "engine/image/read/image_salvage.h"
#include "io/invariant.h"
#include "tests/engine/image/image_probe.h"

namespace {

using tintype::ImageRecord;
using tintype::Salvage;
using tintype::test::Caught;

void check_salvage(const std::vector<std::byte>& image) {
  const Salvage found = tintype::image::salvage(image.size(), tintype::test::read_from(image));
  std::uint64_t end = 0;
  for (const ImageRecord& record : found.records) {
    tintype::invariant(record.volume_offset >= end, "salvaged records overlap");
    end = record.volume_offset + record.plain_bytes;
    tintype::invariant(record.payload_offset + record.stored_bytes <= image.size(),
                       "a salvaged payload passes the end of the file");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (1 << 20)) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  std::vector<std::byte> image(bytes.begin(), bytes.end());
  if ((data[0] & 1) != 0) tintype::test::resign(image);
  const auto verdict = tintype::test::examine(image);
  tintype::invariant((verdict.caught == Caught::by_open) == !verdict.error.empty(),
                     "a refusal without a reason");
  check_salvage(image);
  return 0;
}
