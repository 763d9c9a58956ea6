// The files of an ESE database, any bytes. The first byte says what they are taken for, and how to
// treat them:
//   bits 0-1  database, log, checkpoint, flush map
//   bit 2     seal the header and its shadow again, so that the search gets behind the checksum
//   bit 3     the header of a database is 32 KiB long, not 4
// Whatever it is: read in order or cut into pieces and shuffled, the verdict is the same.
#include "io/invariant.h"
#include "tests/verify/ese/page/check_runner.h"
#include "verify/ese/log/ese_log_check.h"
#include "verify/ese/log/ese_small_checks.h"
#include "verify/ese/stream/ese_log_stream.h"

namespace {

using namespace tintype;

void seal(std::span<std::byte> unit) {
  const std::uint32_t checksum = ese_xor32(unit);
  std::memcpy(unit.data(), &checksum, sizeof checksum);
}

std::unique_ptr<StreamCheck> open_check(unsigned kind, std::span<const std::byte> file,
                                        EseSetFacts& facts) {
  auto budget = std::make_shared<EseByteBudget>();
  switch (kind) {
    case 0:
      return test::open_check(file);
    case 1:
      return std::make_unique<EseLogCheck>("E0000000007.log", file.size(), budget, facts.logs);
    case 2:
      return std::make_unique<EseCheckpointCheck>("E00.chk", file.size(), budget);
    default:
      return std::make_unique<EseFlushMapCheck>("DB1.jfm", file.size(), budget);
  }
}

// What the judge of a stream makes of a lonely log.
void judge(const EseSetFacts& facts) {
  invariant(facts.logs.size() == 1, "a log without facts");
  invariant(judge_ese_streams(facts).size() <= 1, "one log, two streams");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > (1 << 19)) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  const unsigned kind = data[0] & 3u;
  const std::size_t header_bytes =
      kind == 0 && file.size() >= 65536 && (data[0] & 8) != 0 ? 32768 : 4096;
  if ((data[0] & 4) != 0)
    for (std::size_t at = 0; at < 2 * header_bytes && at + header_bytes <= file.size();
         at += header_bytes)
      seal(std::span(file).subspan(at, header_bytes));
  EseSetFacts facts, facts_of_pieces;
  const auto whole = open_check(kind, file, facts);
  const auto pieces = open_check(kind, file, facts_of_pieces);
  const std::string in_order = test::print(test::check_in_order(*whole, file));
  const std::string shuffled =
      test::print(test::check_shuffled(*pieces, file, size, std::size_t{data[size - 1]} % 8));
  invariant(in_order == shuffled, "the verdict depends on the order of the bytes");
  if (kind == 1) judge(facts);
  return 0;
}
