// The bytes of a folder's image: headers from the file they were written to, data from the files
// where they lie. A few threads of its own serve the reads of the data path, each with the file it
// read last still open: so a folder of any number of files takes no more than 64 descriptors.
//
// What a medium does not give fails the read, as on any volume. A file that is gone, replaced or
// shorter than it was gives zeros in place of what it lost: the layout is settled, the folder's
// owner hears of it when the tree is looked at again, and the image names the zeros as unreadable.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "io/file/file.h"
#include "io/file/remote_reader.h"
#include "io/folder/folder_layout.h"

namespace tintype {

class FolderReader final : public RemoteReader {
 public:
  static constexpr unsigned kThreads = 16;  // as many reads as a pass has in flight by default

  // The layout outlives the reader.
  explicit FolderReader(const FolderLayout& layout);
  ~FolderReader() override;

  void start_read(std::uint64_t offset, std::span<std::byte> bytes, ReadSink& sink,
                  std::uint64_t ticket) override;
  [[nodiscard]] Error read_error(int error_number, std::uint64_t offset) const override;

  // Blocks. Thread-safe. 0 or errno.
  [[nodiscard]] int read(std::uint64_t offset, std::span<std::byte> bytes);

  // Files that lost bytes: gone, replaced, shorter. Asked when nothing is in flight.
  [[nodiscard]] FolderProblems losses() const;
  // Where in that part of the image zeros stand for what they lost: true of every read that has
  // come to its end. Normalized.
  [[nodiscard]] ExtentList stand_ins(Extent within) const;

 private:
  struct Job {
    std::uint64_t offset = 0;
    std::span<std::byte> bytes;
    ReadSink* sink = nullptr;
    std::uint64_t ticket = 0;
  };
  struct OpenFile;

  void work();
  [[nodiscard]] int fill(OpenFile& open, std::uint64_t offset, std::span<std::byte> bytes);
  [[nodiscard]] int fill_from_file(OpenFile& open, std::size_t file, std::uint64_t at,
                                   std::span<std::byte> bytes);
  [[nodiscard]] int read_file(OpenFile& open, std::uint64_t at, std::span<std::byte> bytes);
  void lose(std::size_t file, std::string what);
  void stand_in(const OpenFile& open, std::span<std::byte> bytes);

  const FolderLayout& layout_;
  mutable std::mutex mutex_;  // guards what is below
  std::condition_variable wanted_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::map<std::size_t, std::string> losses_;
  std::map<std::uint64_t, std::uint64_t> stand_ins_;  // begin → end, none touches the next
  std::unique_ptr<OpenFile> metadata_;                // of read()
  std::mutex metadata_mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace tintype
