// The files that are verified while their volume streams by: where their bytes lie, and the check
// each byte is handed to. Verification rides on the copy: no byte is read for it.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "io/filesystem/filesystem_map.h"
#include "verify/stream_check.h"

namespace tintype {

class InlineChecks {
 public:
  // Results of one block's scans: number of the file, result.
  using Scans = std::vector<std::pair<std::uint32_t, std::unique_ptr<ScanResult>>>;

  // `runs`: sorted by file offset. Bytes of the file outside its runs are declared zeros.
  // An unlisted one has no place in finish()'s answer, and goes as soon as it is done: who
  // added it gets elsewhere what it found.
  void add(std::unique_ptr<StreamCheck> check, std::uint64_t file_bytes, std::vector<FileRun> runs,
           bool listed = true);
  void reserve(std::size_t files);
  // After the last add().
  void seal();
  [[nodiscard]] bool empty() const noexcept { return files_.empty(); }

  // Pure, for tasks: scans every file's part of a volume range whose bytes are `bytes`, leaving out
  // what could not be read and what is not kept.
  void scan(Extent range, std::span<const std::byte> bytes, const ExtentList& left_out,
            Scans& scans) const;

  // The rest belongs to the pass's one thread.
  void merge(Scans& scans);
  void merge_unreadable(const ExtentList& unreadable);
  // A range of the volume that was not read because it is known to be zeros, but for `left_out`.
  void merge_zeros(Extent range, const ExtentList& left_out = {});
  // Ranges that the copy does not hold, whatever the source has there: of them no byte is judged,
  // and no file that owns one is whole. Normalized.
  void merge_missing(const ExtentList& missing);
  // Ends all checks. Reports, findings with their place on the volume, sorted by path. Called once.
  [[nodiscard]] std::vector<FileReport> finish();

 private:
  struct File {
    std::unique_ptr<StreamCheck> check;  // null when it went
    std::uint64_t file_bytes;
    std::vector<FileRun> runs;  // by file offset
    bool listed;
    bool runs_overlap = false;  // in the file: no sound map says so
    bool begun = false;         // the zeros between its runs were declared
    std::uint64_t missing_bytes = 0;
    std::uint64_t missing_at = 0;  // in the file, the first
  };
  struct Run {
    Extent volume;
    std::uint64_t file_offset;
    std::uint32_t file;
  };
  // The file's check, which has been told of the zeros between the file's runs: not before its
  // first bytes come, as a file of which a part was seen takes memory.
  StreamCheck& check_of(std::uint32_t number);
  void release_if_done(std::uint32_t number);
  template <class Visit>
  void for_each_run(Extent range, Visit visit) const;

  std::vector<File> files_;
  std::vector<Run> runs_;  // by volume offset
};

}  // namespace tintype
