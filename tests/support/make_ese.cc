// make_ese FILE --size 24MiB [--page 32KiB] [--state clean|dirty|…] [--seed N] [--damage NAME:P]…
//          [--legacy-xor | --mixed] [--uninitialised 30%] [--fill database|random|letter]
//          [--required LOW-HIGH]
// Writes an ESE database file for scripts: the demonstration, the benchmarks. See ese_generator.h
// for the damages.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

#include "support/ese_generator.h"
#include "support/size_argument.h"

namespace {

using tintype::EseState;
using tintype::test::EseChecksumKind;
using tintype::test::EseFill;
using tintype::test::parse_size_argument;

EseState parse_state(const std::string& text) {
  if (text == "clean") return EseState::clean_shutdown;
  if (text == "dirty") return EseState::dirty_shutdown;
  if (text == "just-created") return EseState::just_created;
  if (text == "reseed") return EseState::incremental_reseed;
  if (text == "patched") return EseState::dirty_and_patched;
  throw std::invalid_argument("no state: " + text);
}

EseFill parse_fill(const std::string& text) {
  if (text == "database") return EseFill::database;
  if (text == "random") return EseFill::random;
  if (text == "letter") return EseFill::letter;
  throw std::invalid_argument("no fill: " + text);
}

struct Request {
  std::string path;
  tintype::test::EseDatabaseSpec spec;
  std::vector<std::string> damages;
};

Request parse(int argc, char** argv) {
  Request request;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) throw std::invalid_argument(flag + " needs a value");
      return argv[i];
    };
    if (flag == "--size")
      request.spec.file_bytes = parse_size_argument(value());
    else if (flag == "--page")
      request.spec.page_bytes = static_cast<std::uint32_t>(parse_size_argument(value()));
    else if (flag == "--state")
      request.spec.state = parse_state(value());
    else if (flag == "--seed")
      request.spec.seed = std::stoull(value());
    else if (flag == "--fill")
      request.spec.fill = parse_fill(value());
    else if (flag == "--damage")
      request.damages.push_back(value());
    else if (flag == "--legacy-xor")
      request.spec.checksums = EseChecksumKind::legacy_xor;
    else if (flag == "--mixed")
      request.spec.checksums = EseChecksumKind::mixed;
    else if (flag == "--uninitialised")
      request.spec.uninitialised_percent = static_cast<unsigned>(std::stoul(value()));
    else if (flag == "--required") {
      const std::string range = value();
      request.spec.gen_min_required = static_cast<std::uint32_t>(std::stoul(range));
      request.spec.gen_max_required = request.spec.gen_max_committed =
          static_cast<std::uint32_t>(std::stoul(range.substr(range.find('-') + 1)));
    } else if (request.path.empty() && !flag.starts_with("-"))
      request.path = flag;
    else
      throw std::invalid_argument("unknown argument " + flag);
  }
  if (request.path.empty()) throw std::invalid_argument("usage: make_ese FILE --size SIZE …");
  const std::uint32_t page = request.spec.page_bytes;
  if (page < 2048 || page > 32768 || (page & (page - 1)) != 0)
    throw std::invalid_argument("page sizes are 2, 4, 8, 16 and 32 KiB");
  return request;
}

void write(const Request& request) {
  const auto check = [&](bool done) {
    if (!done) throw std::system_error(errno, std::generic_category(), request.path);
  };
  const int fd = ::open(request.path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  check(fd >= 0);
  tintype::test::EseDatabaseGenerator(request.spec).write_to(fd);
  if (!request.damages.empty()) {
    const std::size_t size = request.spec.file_bytes;
    void* file = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(file != MAP_FAILED);
    for (const std::string& damage : request.damages)
      tintype::test::damage_ese({static_cast<std::byte*>(file), size}, request.spec.page_bytes,
                                damage);
    ::munmap(file, size);
  }
  check(::close(fd) == 0);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    write(parse(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_ese: %s\n", error.what());
    return 2;
  }
}
