// A file or block device: RAII handle, geometry, positioned reads and writes. Or bytes that come
// from elsewhere (io/file/remote_reader.h) and are read in the same way.
//
// A source is opened read-only and nothing in this project can write to it. Direct I/O is used
// where the medium allows it; where it does not (some network and FUSE file systems) the file is
// opened through the page cache and geometry().direct says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/permissions.h"
#include "io/result.h"

namespace tintype {

class RemoteReader;

struct Geometry {
  std::uint64_t size_bytes = 0;          // when it was opened
  std::uint32_t sector_bytes = 512;      // unit of offsets and lengths under direct I/O
  std::uint32_t memory_alignment = 512;  // of buffers under direct I/O
  bool direct = false;                   // reads and writes bypass the page cache
  bool block_device = false;
};

enum class Caching : std::uint8_t {
  direct_if_possible,  // data path
  page_cache,          // metadata: small, unaligned reads
};

class File {
 public:
  File() = default;
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  // Regular file or block device, read-only.
  [[nodiscard]] static Result<File> open_source(const std::string& path, Caching caching);
  // A new file, readable and writable; an existing one is an error (EEXIST).
  [[nodiscard]] static Result<File> create(const std::string& path, Caching caching,
                                           Permissions permissions = Permissions::owner_only);
  // An existing file or block device, for writing and reading. A block device is opened O_EXCL:
  // one that is mounted or in use is refused (EBUSY).
  [[nodiscard]] static Result<File> open_target(const std::string& path, Caching caching);
  // create() and open_target() in an open folder, where `name` is not followed if it is a link.
  // `shown` is the path in messages.
  [[nodiscard]] static Result<File> create_in(int folder, const std::string& name,
                                              const std::string& shown, Caching caching,
                                              Permissions permissions = Permissions::owner_only);
  [[nodiscard]] static Result<File> open_in(int folder, const std::string& name,
                                            const std::string& shown, Caching caching);

  // A regular file in an open folder, read-only, not followed if it is a link. Where that is
  // allowed its time of access stays.
  [[nodiscard]] static Result<File> open_source_in(int folder, const std::string& name,
                                                   const std::string& shown, Caching caching);
  // A file without a name, in TMPDIR or else /var/tmp: it is gone when it is closed.
  [[nodiscard]] static Result<File> temporary();

  // No file of this machine: what `reader` gives, which outlives it. It has no handle; it can be
  // read and nothing else.
  [[nodiscard]] static File remote(std::string name, const Geometry& geometry,
                                   RemoteReader& reader);

  [[nodiscard]] RemoteReader* remote() const noexcept { return remote_; }  // null: a local file
  [[nodiscard]] int handle() const noexcept { return handle_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const Geometry& geometry() const noexcept { return geometry_; }
  [[nodiscard]] bool is_open() const noexcept { return handle_ >= 0 || remote_ != nullptr; }

  // Fills `bytes`; shorter only at the end of the file. Retries EINTR and short reads. Under
  // direct I/O the caller keeps offset, length and memory aligned.
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> bytes) const;
  [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) const;

  [[nodiscard]] Result<void> sync() const;                              // fdatasync + size
  [[nodiscard]] Result<void> set_size(std::uint64_t size_bytes) const;  // truncate or grow sparse
  // Reserves space without writing or growing the size; a file system that cannot is no error (best
  // effort), a full one is.
  [[nodiscard]] Result<void> preallocate(std::uint64_t offset, std::uint64_t length) const;
  // Deallocates (file) or zeroes (device, which gives the blocks back where it can) so that the
  // range, which lies inside, reads as zeros. Of a device opened for direct I/O: whole sectors.
  [[nodiscard]] Result<void> zero_range(std::uint64_t offset, std::uint64_t length) const;
  // This range will be read soon, through the page cache. A hint: it waits for nothing.
  void will_read(std::uint64_t offset, std::uint64_t length) const noexcept;
  // Same file or device, whatever the two paths say (st_dev and st_ino, or st_rdev).
  [[nodiscard]] bool is_same_file_as(const File& other) const noexcept;
  // From here on through the page cache, which takes any offset and length.
  void use_page_cache() noexcept;
  void close() noexcept;

 private:
  [[nodiscard]] Result<void> write_zeros(std::uint64_t offset, std::uint64_t length) const;

  int handle_ = -1;
  RemoteReader* remote_ = nullptr;
  std::string path_;
  Geometry geometry_;
};

}  // namespace tintype
