// The functions of libarchive that we call. Loaded when the first folder is read or unpacked, see
// io/late_library.h.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>

#include "io/late_library.h"

namespace tintype {

struct ArchiveLibrary : LateLibrary {
  ArchiveLibrary() : LateLibrary("libarchive.so.13", "libarchive13") {}
  TINTYPE_LATE(archive_entry_copy_hardlink);
  TINTYPE_LATE(archive_entry_copy_pathname);
  TINTYPE_LATE(archive_entry_copy_sourcepath);
  TINTYPE_LATE(archive_entry_filetype);
  TINTYPE_LATE(archive_entry_free);
  TINTYPE_LATE(archive_entry_gname);
  TINTYPE_LATE(archive_entry_hardlink);
  TINTYPE_LATE(archive_entry_mtime);
  TINTYPE_LATE(archive_entry_mtime_nsec);
  TINTYPE_LATE(archive_entry_new);
  TINTYPE_LATE(archive_entry_pathname);
  TINTYPE_LATE(archive_entry_set_size);
  TINTYPE_LATE(archive_entry_size);
  TINTYPE_LATE(archive_entry_sparse_add_entry);
  TINTYPE_LATE(archive_entry_symlink);
  TINTYPE_LATE(archive_entry_uname);
  TINTYPE_LATE(archive_entry_unset_atime);
  TINTYPE_LATE(archive_entry_unset_birthtime);
  TINTYPE_LATE(archive_entry_unset_ctime);
  TINTYPE_LATE(archive_entry_xattr_clear);
  TINTYPE_LATE(archive_entry_xattr_next);
  TINTYPE_LATE(archive_entry_xattr_reset);
  TINTYPE_LATE(archive_errno);
  TINTYPE_LATE(archive_error_string);
  TINTYPE_LATE(archive_free);
  TINTYPE_LATE(archive_read_data_block);
  TINTYPE_LATE(archive_read_disk_entry_from_file);
  TINTYPE_LATE(archive_read_disk_new);
  TINTYPE_LATE(archive_read_disk_set_behavior);
  TINTYPE_LATE(archive_read_disk_set_symlink_physical);
  TINTYPE_LATE(archive_read_new);
  TINTYPE_LATE(archive_read_next_header);
  TINTYPE_LATE(archive_read_open2);
  TINTYPE_LATE(archive_read_support_format_tar);
  TINTYPE_LATE(archive_set_error);
  TINTYPE_LATE(archive_write_close);
  TINTYPE_LATE(archive_write_data);
  TINTYPE_LATE(archive_write_data_block);
  TINTYPE_LATE(archive_write_disk_new);
  TINTYPE_LATE(archive_write_disk_set_options);
  TINTYPE_LATE(archive_write_fail);
  TINTYPE_LATE(archive_write_finish_entry);
  TINTYPE_LATE(archive_write_header);
  TINTYPE_LATE(archive_write_new);
  TINTYPE_LATE(archive_write_open2);
  TINTYPE_LATE(archive_write_set_bytes_per_block);
  TINTYPE_LATE(archive_write_set_format_option);
  TINTYPE_LATE(archive_write_set_format_pax);
};

[[nodiscard]] inline const ArchiveLibrary& libarchive() {
  static const ArchiveLibrary library;
  return library;
}

// What a reader or writer says of its last failure.
[[nodiscard]] inline std::string archive_last_words(archive* from) {
  const char* words = libarchive().archive_error_string(from);
  return words == nullptr ? "libarchive does not say why" : words;
}

struct ArchiveFree {
  void operator()(archive* handle) const noexcept { libarchive().archive_free(handle); }
  void operator()(archive_entry* entry) const noexcept { libarchive().archive_entry_free(entry); }
};
// A reader or a writer.
using ArchiveHandle = std::unique_ptr<archive, ArchiveFree>;
using ArchiveEntry = std::unique_ptr<archive_entry, ArchiveFree>;

}  // namespace tintype
