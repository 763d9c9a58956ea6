// Where on a volume there is what, in a bounded number of cells whatever the volume's size.
//
// Each byte of a cell is exactly one of: free (not captured), zero, data, unreadable. Over that lie
// the files that were looked for, and what was found bad: a byte may be of none or several.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/extent.h"
#include "io/filesystem/filesystem_map.h"

namespace tintype {

class VolumeMap {
 public:
  static constexpr std::size_t kCellsMax = 2048;
  static constexpr std::size_t kFilesMax = 500;
  static constexpr std::uint64_t kCellBytesMin = 4096;

  enum class FileKind : std::uint8_t { database, log };  // log: any file of a log stream
  struct File {
    FileKind kind{};
    std::string path;
    std::uint64_t file_bytes = 0;
    std::uint64_t runs = 0;
  };
  struct Cell {
    static constexpr std::size_t kFilesMax = 3;
    std::uint64_t captured_bytes = 0, zero_bytes = 0, unreadable_bytes = 0;
    std::uint64_t database_bytes = 0, log_bytes = 0;
    std::uint64_t bad_bytes = 0;                   // bad pages, or damaged chunks of an image
    std::array<std::uint16_t, kFilesMax> files{};  // numbers in files(), the first that lie here
    std::uint8_t files_kept = 0;
    bool more_files = false;

    // Never less than nothing, whatever an image claims of itself.
    [[nodiscard]] std::uint64_t data_bytes() const noexcept {
      const std::uint64_t others = zero_bytes + unreadable_bytes;
      return captured_bytes > others ? captured_bytes - others : 0;
    }
    void add_file(std::uint16_t number) noexcept;
    void add(const Cell& more) noexcept;
  };

  VolumeMap(std::string name, std::uint64_t volume_bytes);

  // What is to be read: `captured` of the volume, of which only `data` can be other than zero.
  void set_captured(const ExtentList& captured, const ExtentList& data);
  // What was read and found to be zeros; what could not be read. Each byte at most once, and only
  // of what is captured.
  void add_zeros(std::span<const Extent> ranges);
  void add_unreadable(std::span<const Extent> ranges);
  void add_bad(const Extent& range);
  void add_file(FileKind kind, const std::string& path, std::uint64_t file_bytes,
                std::span<const FileRun> runs);

  // Joins cells two by two: half as many, each twice as large.
  void coarsen();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t volume_bytes() const noexcept { return volume_bytes_; }
  [[nodiscard]] std::uint64_t cell_bytes() const noexcept { return cell_bytes_; }
  // Of one cell: the last may be shorter.
  [[nodiscard]] std::uint64_t bytes_of(std::size_t cell) const noexcept;
  [[nodiscard]] const std::vector<Cell>& cells() const noexcept { return cells_; }
  [[nodiscard]] const std::vector<File>& files() const noexcept { return files_; }
  [[nodiscard]] std::uint64_t files_total() const noexcept { return files_total_; }

 private:
  template <class Visit>
  void for_each_cell(const Extent& range, Visit visit);

  std::string name_;
  std::uint64_t volume_bytes_;
  std::uint64_t cell_bytes_;  // a power of two
  std::vector<Cell> cells_;
  std::vector<File> files_;
  std::uint64_t files_total_ = 0;
};

}  // namespace tintype
