#include "io/folder/folder_reader.h"
#include "io/in_flight.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "io/folder/file_stamp_linux.h"
#include "io/folder/folder_format.h"
#include "io/start_threads.h"

namespace tintype {
namespace {

constexpr std::size_t kNoFile = static_cast<std::size_t>(-1);

bool is_direct_place(std::uint64_t at, const std::byte* to) {
  return at % kFolderAlignmentBytes == 0 &&
         reinterpret_cast<std::uintptr_t>(to) % kFolderAlignmentBytes == 0;
}

bool is_gone(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP ||
         error_number == ESTALE || error_number == EACCES || error_number == EPERM ||
         error_number == ENXIO;
}

}  // namespace

// The file that a thread read last.
struct FolderReader::OpenFile {
  std::size_t file = kNoFile;
  std::uint32_t folder_number = 0;
  Handle folder;
  Handle cached, direct;
  bool lost = false;  // it cannot be opened, or is another one now
  // Of the read that goes on: where in memory it began, and where in the image.
  const std::byte* read_to = nullptr;
  std::uint64_t read_from = 0;

  // 0 or errno.
  int open(const FolderTree& tree, std::size_t number) {
    const FolderTree::File& wanted = tree.files()[number];
    file = kNoFile;
    lost = false;
    cached.close();
    direct.close();
    if (!folder.is_open() || folder_number != wanted.folder) {
      int error_number = 0;
      folder = tree.open_folder(wanted.folder, error_number);
      folder_number = wanted.folder;
      if (error_number != 0) return error_number;
    }
    cached = open_in(tree.name_of(wanted), 0);
    struct stat status {};
    if (!cached.is_open() || ::fstat(cached.get(), &status) != 0) return errno;
    if (!S_ISREG(status.st_mode) || status.st_ino != wanted.stamp.inode) return ESTALE;
    // Where direct I/O is refused it is at this moment, or when the first read fails.
    if (wanted.stamp.size_bytes >= kFolderDirectBytesMin)
      direct = open_in(tree.name_of(wanted), O_DIRECT);
    if (direct.is_open() &&
        (::fstat(direct.get(), &status) != 0 || status.st_ino != wanted.stamp.inode))
      direct.close();
    file = number;
    return 0;
  }

 private:
  Handle open_in(const char* name, int flags) const {
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int handle = ::openat(folder.get(), name, kFlags | flags | O_NOATIME);
    if (handle < 0 && errno == EPERM) handle = ::openat(folder.get(), name, kFlags | flags);
    return Handle(handle);
  }
};

FolderReader::FolderReader(const FolderLayout& layout)
    : layout_(layout), metadata_(std::make_unique<OpenFile>()) {
  start_threads(threads_, kThreads, [this](unsigned) { return std::thread([this] { work(); }); });
}

FolderReader::~FolderReader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void FolderReader::start_read(std::uint64_t offset, std::span<std::byte> bytes, ReadSink& sink,
                              std::uint64_t ticket) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({offset, bytes, &sink, ticket});
  }
  wanted_.notify_one();
}

void FolderReader::work() {
  OpenFile open;
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wanted_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = jobs_.front();
      jobs_.pop_front();
    }
    const std::uint64_t end = layout_.image_bytes;
    const std::size_t count =
        job.offset >= end ? 0 : std::min<std::uint64_t>(job.bytes.size(), end - job.offset);
    const int error_number = fill(open, job.offset, job.bytes.first(count));
    job.sink->read_done(job.ticket,
                        error_number != 0 ? -error_number : static_cast<std::int32_t>(count));
  }
}

int FolderReader::read(std::uint64_t offset, std::span<std::byte> bytes) {
  const std::lock_guard lock(metadata_mutex_);
  return fill(*metadata_, offset, bytes);
}

int FolderReader::fill(OpenFile& open, std::uint64_t offset, std::span<std::byte> bytes) {
  const auto& files = layout_.tree.files();
  auto next = std::ranges::upper_bound(files, offset, {}, &FolderTree::File::data_at);
  while (!bytes.empty()) {
    // Up to the data of the next file there is the rest of this one's data, then headers.
    const bool is_first = next == files.begin();
    const auto file = static_cast<std::size_t>(next - files.begin()) - (is_first ? 0 : 1);
    const std::uint64_t stored = is_first ? 0 : layout_.tree.stored_bytes(file);
    const std::uint64_t data_at = is_first ? 0 : files[file].data_at;
    const std::uint64_t before = is_first ? 0 : files[file].stored_before + stored;
    const std::uint64_t limit = next == files.end() ? layout_.image_bytes : next->data_at;
    const bool in_data = offset - data_at < stored;
    const std::uint64_t end = in_data ? data_at + stored : limit;
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - offset));
    if (in_data) {
      open.read_to = bytes.data();
      open.read_from = offset;
      const int error_number = fill_from_file(open, file, offset - data_at, bytes.first(count));
      if (error_number != 0) return error_number;
    } else {
      const auto got = layout_.headers.read_at(offset - before, bytes.first(count));
      if (!got) return got.error().code.value() != 0 ? got.error().code.value() : EIO;
      if (*got != count) return EPIPE;
    }
    offset += count;
    bytes = bytes.subspan(count);
    if (offset == limit && next != files.end()) ++next;
  }
  return 0;
}

int FolderReader::fill_from_file(OpenFile& open, std::size_t number, std::uint64_t at,
                                 std::span<std::byte> bytes) {
  if (open.file != number) {
    const int error_number = open.open(layout_.tree, number);
    if (is_gone(error_number)) {
      lose(number, "was removed, renamed or replaced before it was read: zeros stand for it");
      open.file = number;
      open.lost = true;
    } else if (error_number != 0) {
      return error_number;
    }
  }
  if (open.lost) {
    stand_in(open, bytes);
    return 0;
  }
  const FolderTree::File& file = layout_.tree.files()[number];
  if (file.runs == FolderTree::kNotSparse) return read_file(open, at, bytes);
  for (const Extent& run : layout_.tree.runs_of(file)) {
    if (at < run.length) {
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), run.length - at));
      const int error_number = read_file(open, run.offset + at, bytes.first(count));
      if (error_number != 0) return error_number;
      at += count;
      bytes = bytes.subspan(count);
    }
    if (bytes.empty()) break;
    at -= run.length;
  }
  return 0;
}

// Whole blocks directly, if both sides are aligned; the rest through the page cache.
int FolderReader::read_file(OpenFile& open, std::uint64_t at, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t whole = bytes.size() / kFolderAlignmentBytes * kFolderAlignmentBytes;
    const bool directly = open.direct.is_open() && whole > 0 && is_direct_place(at, bytes.data());
    const InFlightMark mark("reading of a file", layout_.tree.path());
    const ssize_t got = ::pread(directly ? open.direct.get() : open.cached.get(), bytes.data(),
                                directly ? whole : bytes.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && directly && (errno == EINVAL || errno == EOPNOTSUPP)) {
      open.direct.close();  // other alignments than ours, or none at all
      continue;
    }
    if (got < 0 && is_gone(errno)) {
      lose(open.file, "was removed while it was read: zeros stand for what is missing");
      stand_in(open, bytes);
      return 0;
    }
    if (got < 0) return errno;
    if (got == 0) {
      lose(open.file, "became shorter while it was read: zeros stand for what is missing");
      stand_in(open, bytes);
      return 0;
    }
    at += static_cast<std::uint64_t>(got);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return 0;
}

void FolderReader::lose(std::size_t file, std::string what) {
  const std::lock_guard lock(mutex_);
  losses_.try_emplace(file, std::move(what));
}

void FolderReader::stand_in(const OpenFile& open, std::span<std::byte> bytes) {
  std::memset(bytes.data(), 0, bytes.size());
  const std::lock_guard lock(mutex_);
  std::uint64_t begin = open.read_from + static_cast<std::uint64_t>(bytes.data() - open.read_to);
  std::uint64_t end = begin + bytes.size();
  auto next = stand_ins_.upper_bound(begin);
  if (next != stand_ins_.begin() && std::prev(next)->second >= begin) begin = (--next)->first;
  for (; next != stand_ins_.end() && next->first <= end; next = stand_ins_.erase(next))
    end = std::max(end, next->second);
  stand_ins_.emplace(begin, end);
}

ExtentList FolderReader::stand_ins(Extent within) const {
  const std::lock_guard lock(mutex_);
  ExtentList parts;
  auto next = stand_ins_.upper_bound(within.offset);
  if (next != stand_ins_.begin()) --next;
  for (; next != stand_ins_.end() && next->first < within.end(); ++next) {
    const std::uint64_t begin = std::max(next->first, within.offset);
    const std::uint64_t end = std::min(next->second, within.end());
    if (begin < end) parts.push_back({begin, end - begin});
  }
  return parts;
}

FolderProblems FolderReader::losses() const {
  const std::lock_guard lock(mutex_);
  FolderProblems problems;
  for (const auto& [file, what] : losses_)
    problems.add(layout_.tree.path_of(layout_.tree.files()[file]), what);
  return problems;
}

Error FolderReader::read_error(int error_number, std::uint64_t offset) const {
  const auto& files = layout_.tree.files();
  const auto next = std::ranges::upper_bound(files, offset, {}, &FolderTree::File::data_at);
  const std::string path = next == files.begin()
                               ? layout_.headers.path()
                               : layout_.tree.path() + "/" + layout_.tree.path_of(*(next - 1));
  return system_error(error_number, "read", path).value();
}

}  // namespace tintype
