#include "engine/restore/folder_unpacker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include "engine/pipeline/pass_runner.h"
#include "hashing/xxh3.h"
#include "io/folder/archive_library.h"
#include "io/handle.h"
#include "io/invariant.h"
#include "io/plain_locale_linux.h"

namespace tintype {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;

// "./Mailbox/DB1.edb", and nothing that leads elsewhere. The top itself is "./".
bool leads_down(std::string_view name) {
  if (!name.starts_with("./")) return false;
  name.remove_prefix(2);
  while (!name.empty()) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    const std::string_view component = name.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  return true;
}

// "Mailbox/DB1.edb"
std::string shown(std::string_view name) {
  name.remove_prefix(std::min<std::size_t>(2, name.size()));
  while (name.ends_with('/')) name.remove_suffix(1);
  return std::string(name);
}

tl::unexpected<Error> damaged(const Volume& archive, std::string_view why) {
  return tl::unexpected(Error{std::make_error_code(std::errc::bad_message),
                              fmt::format("the archive in {} is damaged: {}", archive.name(), why),
                              "use another backup set"});
}

// The working folder of this thread, until it ends; or of the process, where a thread may not have
// its own (some containers): then as long as this lives.
class WorkingFolder {
 public:
  WorkingFolder() : own_(::unshare(CLONE_FS) == 0), before_(::open(".", O_PATH | O_CLOEXEC)) {}
  ~WorkingFolder() {
    if (!own_ && before_.is_open() && ::fchdir(before_.get()) != 0) {
      // The folder we came from is gone; nothing here depends on it.
    }
  }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;
  [[nodiscard]] bool enter(const Handle& folder) const { return ::fchdir(folder.get()) == 0; }

 private:
  bool own_;
  Handle before_;
};

}  // namespace

class FolderUnpacker::Run {
 public:
  Run(FolderUnpacker& owner, const Volume& archive, const std::string& folder, bool note_parts)
      : owner_(owner),
        archive_(archive),
        folder_(folder),
        note_parts_(note_parts),
        reader_(libarchive().archive_read_new()),
        writer_(libarchive().archive_write_disk_new()),
        buffer_(kReadBytes) {
    invariant(reader_ != nullptr && writer_ != nullptr, "no memory for libarchive");
  }

  Result<Unpacked> run() {
    const PlainLocale locale;
    const Handle top(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const WorkingFolder working_folder;
    if (!top.is_open() || !working_folder.enter(top))
      return system_error(errno, "enter the folder", folder_);
    libarchive().archive_read_support_format_tar(reader_.get());
    int flags = ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_ACL |
                ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS;
    if (::geteuid() == 0) flags |= ARCHIVE_EXTRACT_OWNER;
    libarchive().archive_write_disk_set_options(writer_.get(), flags);
    if (libarchive().archive_read_open2(reader_.get(), this, nullptr, give, pass_over, nullptr) !=
        ARCHIVE_OK)
      return read_failed();
    TINTYPE_CHECK(unpack());
    // Now folders get their modes and times, which would have been in the way.
    if (libarchive().archive_write_close(writer_.get()) != ARCHIVE_OK)
      unpacked_.problems.add("", fmt::format("not all of its folders' metadata could be set: {}",
                                             archive_last_words(writer_.get())));
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, top_modified_};
    if (::futimens(top.get(), times) != 0)
      unpacked_.problems.add(
          "", fmt::format("its time could not be set: {}", std::generic_category().message(errno)));
    if (::syncfs(top.get()) != 0) return system_error(errno, "sync the file system of", folder_);
    return std::move(unpacked_);
  }

 private:
  static la_ssize_t give(archive*, void* self, const void** bytes) {
    return static_cast<Run*>(self)->give(bytes);
  }
  static la_int64_t pass_over(archive*, void* self, la_int64_t count) {
    Run& run = *static_cast<Run*>(self);
    const std::uint64_t left = run.archive_.size_bytes() - run.position_;
    const std::uint64_t passed = std::min<std::uint64_t>(static_cast<std::uint64_t>(count), left);
    run.position_ += passed;
    return static_cast<la_int64_t>(passed);
  }

  la_ssize_t give(const void** bytes) {
    if (owner_.stop_) {
      failure_ = stopped_error().value();
      return -1;
    }
    const std::size_t count =
        std::min<std::uint64_t>(kReadBytes, archive_.size_bytes() - position_);
    if (auto got = archive_.read(position_, std::span(buffer_).first(count)); !got) {
      failure_ = std::move(got).error();
      libarchive().archive_set_error(reader_.get(), EIO, "%s", "the image cannot be read");
      return -1;
    }
    position_ += count;
    owner_.read_bytes_ = position_;
    *bytes = buffer_.data();
    return static_cast<la_ssize_t>(count);
  }

  // What went wrong below libarchive, else what it says.
  tl::unexpected<Error> read_failed() {
    if (failure_) return tl::unexpected(*std::move(failure_));
    return damaged(archive_, archive_last_words(reader_.get()));
  }
  tl::unexpected<Error> write_failed(const std::string& name) {
    const int error_number = libarchive().archive_errno(writer_.get());
    if (error_number > 0)
      return system_error(error_number, "write", folder_ + "/" + name,
                          error_number == ENOSPC ? "free some space there" : "");
    return damaged(archive_, fmt::format("{}: {}", name, archive_last_words(writer_.get())));
  }

  Result<void> unpack() {
    archive_entry* entry = nullptr;
    for (bool first = true;; first = false) {
      const int got = libarchive().archive_read_next_header(reader_.get(), &entry);
      if (got == ARCHIVE_EOF) {
        if (first) return damaged(archive_, "it is empty");
        return {};
      }
      if (got < ARCHIVE_WARN) return read_failed();
      const char* path = libarchive().archive_entry_pathname(entry);
      const std::string name = path == nullptr ? "" : path;
      const char* link = libarchive().archive_entry_hardlink(entry);
      const bool is_top = name == "./" || name == ".";
      if ((!is_top && !leads_down(name)) || (link != nullptr && !leads_down(link)))
        return damaged(archive_, fmt::format("\"{}\" leads out of the folder", name));
      if (first && !is_top) return damaged(archive_, "it does not begin with the folder itself");
      if (is_top && libarchive().archive_entry_filetype(entry) != AE_IFDIR)
        return damaged(archive_, "the folder itself is something else");
      if (is_top && !first) continue;  // it stands between the pieces of the index as well
      if (is_top)
        top_modified_ = {.tv_sec = libarchive().archive_entry_mtime(entry),
                         .tv_nsec = libarchive().archive_entry_mtime_nsec(entry)};
      if (got == ARCHIVE_WARN)
        unpacked_.problems.add(shown(name), archive_last_words(reader_.get()));
      TINTYPE_CHECK(unpack(entry, name));
      if (owner_.stop_) return stopped_error();
    }
  }

  Result<void> unpack(archive_entry* entry, const std::string& name) {
    const int made = libarchive().archive_write_header(writer_.get(), entry);
    if (made < ARCHIVE_WARN) {
      const auto type = libarchive().archive_entry_filetype(entry);
      const bool special = type == AE_IFCHR || type == AE_IFBLK || type == AE_IFIFO;
      if (made == ARCHIVE_FATAL || !special) return write_failed(shown(name));
      unpacked_.problems.add(shown(name),
                             fmt::format("not restored: {}", archive_last_words(writer_.get())));
      return {};
    }
    std::string why = made == ARCHIVE_WARN ? archive_last_words(writer_.get()) : "";
    if (libarchive().archive_entry_filetype(entry) == AE_IFREG &&
        libarchive().archive_entry_size(entry) > 0)
      TINTYPE_CHECK(copy_data(shown(name)));
    const int finished = libarchive().archive_write_finish_entry(writer_.get());
    if (finished < ARCHIVE_WARN) return write_failed(shown(name));
    if (finished == ARCHIVE_WARN && why.empty()) why = archive_last_words(writer_.get());
    if (!why.empty())
      unpacked_.problems.add(shown(name),
                             fmt::format("not all its metadata could be set: {}", why));
    return {};
  }

  Result<void> copy_data(const std::string& name) {
    if (note_parts_) unpacked_.paths.push_back(name);
    for (;;) {
      const void* bytes = nullptr;
      std::size_t count = 0;
      la_int64_t offset = 0;
      const int got = libarchive().archive_read_data_block(reader_.get(), &bytes, &count, &offset);
      if (got == ARCHIVE_EOF) return {};
      if (got != ARCHIVE_OK) return read_failed();
      if (count == 0) continue;
      if (libarchive().archive_write_data_block(writer_.get(), bytes, count, offset) < ARCHIVE_OK)
        return write_failed(name);
      owner_.written_bytes_ += count;
      if (note_parts_)
        unpacked_.parts.push_back(
            {unpacked_.paths.size() - 1,
             {static_cast<std::uint64_t>(offset), count},
             xxh3_128(std::span(static_cast<const std::byte*>(bytes), count))});
    }
  }

  FolderUnpacker& owner_;
  const Volume& archive_;
  const std::string& folder_;
  const bool note_parts_;
  ArchiveHandle reader_, writer_;
  std::vector<std::byte> buffer_;
  std::uint64_t position_ = 0;
  std::optional<Error> failure_;
  std::timespec top_modified_{};
  Unpacked unpacked_;
};

FolderUnpacker::FolderUnpacker(const Volume& archive, std::string folder, bool note_parts)
    : thread_([this, &archive, folder = std::move(folder), note_parts] {
        auto result = Run(*this, archive, folder, note_parts).run();
        const std::lock_guard lock(mutex_);
        result_ = std::move(result);
        ended_.notify_all();
      }) {}

FolderUnpacker::~FolderUnpacker() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

bool FolderUnpacker::has_ended(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, wait, [this] { return result_.has_value(); });
}

Result<FolderUnpacker::Unpacked> FolderUnpacker::finish() {
  thread_.join();
  return *std::exchange(result_, std::nullopt);
}

}  // namespace tintype
