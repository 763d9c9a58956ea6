// The master file table: its records by number, or all of them in one linear pass.
#pragma once

#include <functional>
#include <vector>

#include "io/filesystem/ntfs/ntfs_records.h"
#include "io/filesystem/ntfs/ntfs_runs.h"

namespace tintype {

class NtfsTable {
 public:
  // Reads the boot sector and the table's own record. The volume outlives the table.
  [[nodiscard]] static Result<NtfsTable> open(const Volume& volume);

  [[nodiscard]] const Volume& volume() const noexcept { return *volume_; }
  [[nodiscard]] const NtfsGeometry& geometry() const noexcept { return geometry_; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

  // One record, restored. `record` has the size of a record.
  [[nodiscard]] NtfsRecordState read(std::uint64_t number, std::span<std::byte> record) const;

  using Visit =
      std::function<void(std::uint64_t number, NtfsRecordState, std::span<const std::byte>)>;
  // Every record, in order, in large reads. Where the medium fails, record by record.
  void scan(const Visit& visit) const;

  // What the table's own bitmap says of a record; true if it cannot say.
  [[nodiscard]] bool marked_used(std::uint64_t number) const;

  // Every attribute of a file: those in its base record, then those its attribute list names in
  // other records. Returns what is wrong with them, or "".
  using VisitAttribute = std::function<void(const NtfsAttribute&)>;
  [[nodiscard]] std::string visit_file(std::uint64_t number, std::span<const std::byte> record,
                                       const VisitAttribute& visit) const;
  // One unnamed attribute of a file, put together.
  [[nodiscard]] NtfsContent content(std::uint64_t number, std::span<const std::byte> record,
                                    NtfsAttributeType type) const;

 private:
  NtfsTable(const Volume& volume, const NtfsGeometry& geometry)
      : volume_(&volume), geometry_(geometry) {}
  [[nodiscard]] Result<void> find_itself();
  [[nodiscard]] std::string visit_extensions(std::uint64_t number,
                                             std::span<const std::byte> record,
                                             const VisitAttribute& visit) const;

  const Volume* volume_;
  NtfsGeometry geometry_;
  std::vector<FileRun> runs_;
  std::uint64_t records_ = 0;
  NtfsContent bitmap_;
};

}  // namespace tintype
