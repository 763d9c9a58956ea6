// The file system of a mount: one folder, one read-only file an image. Callbacks for libfuse's
// low-level interface; nothing here mounts anything.
#pragma once

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include <mutex>
#include <string>

#include "engine/serve/fuse_mount.h"

namespace tintype {

class ImageFolder {
 public:
  ImageFolder(const ServedImages& images, const FuseMountOptions& options);

  // For fuse_session_new(), with `this` as its user data.
  [[nodiscard]] static const fuse_lowlevel_ops& operations();

 private:
  static void init(void* folder, fuse_conn_info* connection);
  static void lookup(fuse_req_t request, fuse_ino_t parent, const char* name);
  static void getattr(fuse_req_t request, fuse_ino_t node, fuse_file_info* file);
  static void readdir(fuse_req_t request, fuse_ino_t node, std::size_t size, off_t offset,
                      fuse_file_info* file);
  static void open(fuse_req_t request, fuse_ino_t node, fuse_file_info* file);
  static void read(fuse_req_t request, fuse_ino_t node, std::size_t size, off_t offset,
                   fuse_file_info* file);
  static void lseek(fuse_req_t request, fuse_ino_t node, off_t offset, int whence,
                    fuse_file_info* file);
  static void statfs(fuse_req_t request, fuse_ino_t node);

  [[nodiscard]] const ServedImage* image(fuse_ino_t node) const;
  [[nodiscard]] struct stat attributes(fuse_ino_t node) const;
  void tell_trouble(const std::string& line);

  const ServedImages& images_;
  const FuseMountOptions& options_;
  std::vector<std::string> file_names_;
  std::vector<std::uint64_t> data_bytes_;
  std::mutex mutex_;
  std::string last_trouble_;
};

}  // namespace tintype
