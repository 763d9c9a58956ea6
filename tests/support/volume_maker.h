// Volumes with real file systems, made by the programs that own the formats: mkntfs and ntfs-3g,
// mke2fs and the kernel. Making them needs no root; mounting does.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace tintype::test {

struct NtfsShape {
  std::uint64_t bytes = 64u << 20;
  std::uint32_t cluster_bytes = 4096;
  std::uint32_t sector_bytes = 512;
  std::string label = "tintype";
};
inline void PrintTo(const NtfsShape& shape, std::ostream* out) {
  *out << shape.bytes << " bytes, clusters of " << shape.cluster_bytes;
}
// An image file with an empty NTFS volume.
void make_ntfs(const std::string& image, const NtfsShape& shape = {});
// Copies a host file into the image; no mount. `path` inside the volume: "/folder/name", where
// the folder exists.
void put_into_ntfs(const std::string& image, const std::string& host_file, std::string_view path);

// What ntfscat prints: a file by its path, or "-i 6" for $Bitmap.
[[nodiscard]] std::vector<std::byte> ntfscat(const std::string& image, const std::string& what);

// An image file with an ext file system; options as for mke2fs: "-t ext4 -b 1024 -d FOLDER".
void make_ext(const std::string& image, std::uint64_t bytes, const std::string& options);

// A sample or any other qcow2 image as a raw file.
void raw_from_qcow2(const std::filesystem::path& qcow2, const std::string& image);

// An image, mounted for the life of the object.
class MountedVolume {
 public:
  // Through ntfs-3g; options as for its -o: "ro", "compression". The error is the message to skip
  // a test with.
  [[nodiscard]] static tl::expected<MountedVolume, std::string> ntfs(
      const std::string& image, const std::string& options = "");
  // Through the kernel's own file system and a loop device: "ro", "noload".
  [[nodiscard]] static tl::expected<MountedVolume, std::string> kernel(
      const std::string& image, const std::string& type, const std::string& options = "");
  MountedVolume(MountedVolume&& other) noexcept;
  MountedVolume& operator=(MountedVolume&&) = delete;
  ~MountedVolume();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const;
  // Everything is in the image when this returns.
  void unmount();

 private:
  MountedVolume(std::string path, pid_t server) : path_(std::move(path)), server_(server) {}
  std::string path_;
  pid_t server_ = 0;  // of ntfs-3g; 0 for a kernel mount
};

// Leaves a full volume with many small gaps: fills what is free with small files in FOLDER/fillers,
// and empties every other one.
void make_gaps(const std::string& folder, std::uint64_t gap_bytes);
// Writes one file into such gaps, and deletes the fillers.
void write_fragmented(const std::string& folder, const std::string& name,
                      std::span<const std::byte> content, std::uint64_t gap_bytes);

// The attributes Windows shows for a file on an ntfs-3g mount: 0x800 is compressed, 0x10 folder.
void set_ntfs_attributes(const std::string& path, std::uint32_t attributes);
// A reparse point with 8 bytes of data.
void set_ntfs_reparse_point(const std::string& path, std::uint32_t tag);

}  // namespace tintype::test

// Declares `mount`, or skips the test: TINTYPE_MOUNT(mount, MountedVolume::ntfs(image));
#define TINTYPE_MOUNT(mount, expression)                       \
  auto mount##_result = (expression);                          \
  if (!mount##_result) GTEST_SKIP() << mount##_result.error(); \
  ::tintype::test::MountedVolume mount = *std::move(mount##_result)
