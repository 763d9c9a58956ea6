#include "io/folder/member_header_linux.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "io/invariant.h"
#include "io/plain_locale_linux.h"

namespace tintype {
namespace {

bool is_ascii(const char* text) {
  return text == nullptr || std::ranges::all_of(std::string_view(text), [](char c) {
           return static_cast<unsigned char>(c) < 0x80;
         });
}

bool is_ascii(archive_entry* entry) {
  return is_ascii(libarchive().archive_entry_pathname(entry)) &&
         is_ascii(libarchive().archive_entry_symlink(entry)) &&
         is_ascii(libarchive().archive_entry_hardlink(entry)) &&
         is_ascii(libarchive().archive_entry_uname(entry)) &&
         is_ascii(libarchive().archive_entry_gname(entry));
}

// In the usual form an attribute's name is a keyword of the header, which ends at '='.
bool has_strange_attributes(archive_entry* entry) {
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t bytes = 0;
  libarchive().archive_entry_xattr_reset(entry);
  bool strange = false;
  while (libarchive().archive_entry_xattr_next(entry, &name, &value, &bytes) == ARCHIVE_OK)
    for (const char c : std::string_view(name)) strange |= c <= ' ' || c > '~' || c == '=';
  libarchive().archive_entry_xattr_reset(entry);
  return strange;
}

la_ssize_t append(archive*, void* to, const void* bytes, std::size_t count) {
  auto& out = *static_cast<std::vector<std::byte>*>(to);
  const auto* begin = static_cast<const std::byte*>(bytes);
  out.insert(out.end(), begin, begin + count);
  return static_cast<la_ssize_t>(count);
}

// libarchive and others refuse to read special headers of more than 1 MiB.
constexpr std::size_t kHeaderBytesMax = 1'000'000;

// One writer a header: it then never asks for the data.
Result<void> write_headers(archive_entry* entry, const MemberHeaders::Request& request,
                           MemberHeaders::Headers& headers) {
  headers.bytes.clear();
  const ArchiveHandle writer(libarchive().archive_write_new());
  invariant(writer != nullptr, "no memory for libarchive");
  libarchive().archive_write_set_format_pax(writer.get());
  libarchive().archive_write_set_bytes_per_block(writer.get(), 0);
  libarchive().archive_write_set_format_option(
      writer.get(), "pax", "xattrheader", has_strange_attributes(entry) ? "LIBARCHIVE" : "SCHILY");
  if (!is_ascii(entry))
    libarchive().archive_write_set_format_option(writer.get(), "pax", "hdrcharset", "BINARY");
  libarchive().archive_write_open2(writer.get(), &headers.bytes, nullptr, append, nullptr, nullptr);
  const int outcome = libarchive().archive_write_header(writer.get(), entry);
  const std::string words = outcome == ARCHIVE_OK ? "" : archive_last_words(writer.get());
  const std::size_t before_map = headers.bytes.size();
  if (request.sparse) libarchive().archive_write_data(writer.get(), "", 0);  // brings the map out
  // Failed, it asks for no data when it is closed; unclosed, it would leak what open() took. The
  // archive's end that it writes then is not wanted.
  const std::size_t header_bytes = headers.bytes.size();
  libarchive().archive_write_fail(writer.get());
  libarchive().archive_write_close(writer.get());
  headers.bytes.resize(header_bytes);
  headers.map_bytes = header_bytes - before_map;
  if (outcome < ARCHIVE_WARN)
    return plain_error(fmt::format("no header can be written for {}: {}", request.path, words));
  if (headers.problem.empty()) headers.problem = words;
  invariant(header_bytes % 512 == 0, "libarchive wrote a part of a block");
  return {};
}

}  // namespace

MemberHeaders::MemberHeaders() : disk_(libarchive().archive_read_disk_new()) {
  invariant(disk_ != nullptr, "no memory for libarchive");
  libarchive().archive_read_disk_set_symlink_physical(disk_.get());
  // No names of owners are looked up: a snapshot may be another machine's, whose numbers mean other
  // people here. Holes are asked for by ourselves; flags (chattr) would keep a restored file from
  // being changed.
  libarchive().archive_read_disk_set_behavior(
      disk_.get(), ARCHIVE_READDISK_NO_FFLAGS | ARCHIVE_READDISK_NO_SPARSE);
}

MemberHeaders::~MemberHeaders() = default;

Result<MemberHeaders::Headers> MemberHeaders::make(const Request& request) {
  const PlainLocale locale;
  const ArchiveEntry entry(libarchive().archive_entry_new());
  invariant(entry != nullptr, "no memory for libarchive");
  Headers headers;
  libarchive().archive_entry_copy_pathname(entry.get(), request.path.c_str());
  libarchive().archive_entry_copy_sourcepath(entry.get(), request.found_at.c_str());
  if (libarchive().archive_read_disk_entry_from_file(disk_.get(), entry.get(), request.handle,
                                                     request.status) != ARCHIVE_OK)
    headers.problem = archive_last_words(disk_.get());
  // Neither can be restored in a useful way, and each would cost 1 KiB a file.
  libarchive().archive_entry_unset_atime(entry.get());
  libarchive().archive_entry_unset_ctime(entry.get());
  libarchive().archive_entry_unset_birthtime(entry.get());
  if (!request.hard_link_to.empty()) {
    libarchive().archive_entry_copy_hardlink(entry.get(), request.hard_link_to.c_str());
    libarchive().archive_entry_set_size(entry.get(), 0);
  }
  for (const Extent& run : request.runs)
    libarchive().archive_entry_sparse_add_entry(entry.get(), static_cast<la_int64_t>(run.offset),
                                                static_cast<la_int64_t>(run.length));
  if (request.sparse && request.runs.empty())
    libarchive().archive_entry_sparse_add_entry(entry.get(), 0, 0);

  TINTYPE_CHECK(write_headers(entry.get(), request, headers));
  if (headers.bytes.size() - headers.map_bytes > kHeaderBytesMax) {
    libarchive().archive_entry_xattr_clear(entry.get());
    headers.problem = "its extended attributes are too large for an archive";
    TINTYPE_CHECK(write_headers(entry.get(), request, headers));
  }
  return headers;
}

}  // namespace tintype
