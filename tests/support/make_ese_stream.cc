// make_ese_stream DIR --logs LOW-HIGH [--required LOW-HIGH] [--committed N] [--databases 1]
//                 [--database-size 4MiB] [--page 32KiB] [--log-size 1MiB] [--base E00]
//                 [--no-current]
// Writes into DIR, which is made, what a running server keeps there: databases DB1.edb, DB2.edb, …
// that need the logs --required (by default the last three), a chain of logs with 8-digit names of
// which the last is the current one (E00.log), and the checkpoint. --no-current leaves that last
// log out, as a shadow copy does that froze the server while it changed logs. For the
// demonstration, the benchmarks and command-line tests.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "support/ese_generator.h"
#include "support/ese_log_generator.h"
#include "support/size_argument.h"

namespace {

using tintype::test::parse_size_argument;

constexpr std::uint64_t kSegmentBytes = 4096;

struct Generations {
  std::int32_t low = 0, high = 0;
};

struct Request {
  std::filesystem::path folder;
  std::string base = "E00";
  Generations logs, required;
  std::int32_t committed = 0;
  unsigned databases = 1;
  std::uint64_t log_bytes = 1 << 20;
  bool with_current = true;
  tintype::test::EseDatabaseSpec database{.state = tintype::EseState::dirty_shutdown};
};

Generations parse_generations(const std::string& text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string::npos) throw std::invalid_argument("no range LOW-HIGH: " + text);
  const Generations range{std::stoi(text), std::stoi(text.substr(dash + 1))};
  if (range.low < 1 || range.high < range.low) throw std::invalid_argument("no range: " + text);
  return range;
}

Request parse(int argc, char** argv) {
  Request request;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) throw std::invalid_argument(flag + " needs a value");
      return argv[i];
    };
    if (flag == "--logs")
      request.logs = parse_generations(value());
    else if (flag == "--required")
      request.required = parse_generations(value());
    else if (flag == "--committed")
      request.committed = std::stoi(value());
    else if (flag == "--databases")
      request.databases = static_cast<unsigned>(std::stoul(value()));
    else if (flag == "--database-size")
      request.database.file_bytes = parse_size_argument(value());
    else if (flag == "--page")
      request.database.page_bytes = static_cast<std::uint32_t>(parse_size_argument(value()));
    else if (flag == "--log-size")
      request.log_bytes = parse_size_argument(value());
    else if (flag == "--base")
      request.base = value();
    else if (flag == "--no-current")
      request.with_current = false;
    else if (request.folder.empty() && !flag.starts_with("-"))
      request.folder = flag;
    else
      throw std::invalid_argument("unknown argument " + flag);
  }
  if (request.folder.empty() || request.logs.high == 0)
    throw std::invalid_argument("usage: make_ese_stream DIR --logs LOW-HIGH …");
  if (request.log_bytes % kSegmentBytes != 0 || request.log_bytes < 4 * kSegmentBytes ||
      request.log_bytes / kSegmentBytes > 0xffff)
    throw std::invalid_argument("logs have 4 to 65535 segments of 4 KiB");
  if (request.required.high == 0)
    request.required = {std::max(request.logs.low, request.logs.high - 2), request.logs.high};
  request.committed = std::max(request.committed, request.required.high);
  return request;
}

void write_databases(const Request& request) {
  auto spec = request.database;
  spec.gen_min_required = static_cast<std::uint32_t>(request.required.low);
  spec.gen_max_required = static_cast<std::uint32_t>(request.required.high);
  spec.gen_max_committed = static_cast<std::uint32_t>(request.committed);
  for (unsigned number = 1; number <= request.databases; ++number) {
    const auto path = request.folder / fmt::format("DB{}.edb", number);
    spec.seed = number;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
    tintype::test::EseDatabaseGenerator(spec).write_to(fd);
    if (::close(fd) != 0) throw std::system_error(errno, std::generic_category(), path);
  }
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::system_error(errno, std::generic_category(), path);
}

void write_logs(const Request& request) {
  const auto slots = static_cast<std::uint16_t>(request.log_bytes / kSegmentBytes);
  std::uint64_t sum = 0;
  for (std::int32_t generation = request.logs.low; generation <= request.logs.high; ++generation) {
    const bool current = generation == request.logs.high;
    if (current && !request.with_current) break;
    // An archived log is full up to its last slot; the current one is half used.
    const auto used = static_cast<std::uint16_t>(current ? slots / 2 : slots - 2);
    const auto log = tintype::test::make_ese_log(
        {.generation = generation,
         .slots = slots,
         .segments = used,
         .tail = current ? tintype::test::EseLogTail::shadow : tintype::test::EseLogTail::zeros,
         .previous_checksum = sum});
    sum = log.accumulated_checksum;
    write_file(request.folder / (current ? request.base + ".log"
                                         : fmt::format("{}{:08X}.log", request.base, generation)),
               log.file);
  }
  write_file(request.folder / (request.base + ".chk"),
             tintype::test::make_ese_checkpoint(
                 {.byte = 8, .sector = 3, .generation = request.required.low}));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Request request = parse(argc, argv);
    std::filesystem::create_directories(request.folder);
    write_databases(request);
    write_logs(request);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_ese_stream: %s\n", error.what());
    return 2;
  }
}
