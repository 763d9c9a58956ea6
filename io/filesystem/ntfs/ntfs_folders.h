// The folders of an NTFS volume, and the paths built from them.
//
// Only folders are kept in memory (32 bytes and the name): files are met again in the table, and
// each knows its parent. A path is a claim of many records; loops, reused records and absurd
// depths make an orphan, never a hang.
#pragma once

#include <string>
#include <vector>

#include "io/filesystem/ntfs/ntfs_records.h"

namespace tintype {

class NtfsFolders {
 public:
  // A folder's record and the sequence number it has.
  void add(NtfsReference folder);
  // A name found for that record; names of records that are no folders are forgotten by finish().
  // The first name of a folder counts.
  void add_name(std::uint64_t record, const NtfsFileName& name);
  // No add after this, no lookup before.
  void finish();

  struct Folder {
    std::uint64_t record = 0;
    NtfsReference parent;
    std::uint16_t sequence = 0;
    std::string_view name;
  };
  // False if there is no such folder, or another one has its record now.
  [[nodiscard]] bool find(NtfsReference folder, Folder& found) const noexcept;

 private:
  struct Name {
    std::uint64_t record;
    std::uint64_t parent;   // as on disk: record and sequence
    std::uint64_t name_at;  // in names_
    std::uint16_t name_bytes;
    std::uint16_t sequence;
    bool dos;
  };
  std::vector<NtfsReference> folders_;
  std::vector<Name> entries_;
  std::string names_;
};

// Builds paths; remembers the last folder, for files of one folder mostly come together.
class NtfsPaths {
 public:
  explicit NtfsPaths(const NtfsFolders& folders) : folders_(folders) {}
  // Where a file of this name lies. "/$Orphan/name" if its folder is gone; "" for the file
  // system's own files ($MFT, $Extend and what is below it).
  [[nodiscard]] std::string path(std::uint64_t record, const NtfsFileName& name);

 private:
  enum class Place : std::uint8_t { tree, orphan, system };
  [[nodiscard]] Place place(NtfsReference folder, std::string& path) const;

  const NtfsFolders& folders_;
  NtfsReference last_;
  bool has_last_ = false;
  Place last_place_ = Place::tree;
  std::string last_path_;
};

}  // namespace tintype
