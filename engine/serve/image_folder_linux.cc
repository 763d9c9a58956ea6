#include "engine/serve/image_folder_linux.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace tintype {
namespace {

// Node 1 is the folder, then come the images in their order.
constexpr fuse_ino_t kFirstImage = FUSE_ROOT_ID + 1;
// Nothing ever changes: the kernel need not ask twice.
constexpr double kNeverExpires = 1e9;
constexpr std::uint32_t kBlockBytes = 4096;

ImageFolder& folder_of(fuse_req_t request) {
  return *static_cast<ImageFolder*>(::fuse_req_userdata(request));
}

}  // namespace

ImageFolder::ImageFolder(const ServedImages& images, const FuseMountOptions& options)
    : images_(images), options_(options) {
  for (const auto& image : images) {
    file_names_.push_back(image->name().name + ".img");
    data_bytes_.push_back(image->data_bytes());
  }
}

const fuse_lowlevel_ops& ImageFolder::operations() {
  static const fuse_lowlevel_ops operations = [] {
    fuse_lowlevel_ops all{};
    all.init = init;
    all.lookup = lookup;
    all.getattr = getattr;
    all.readdir = readdir;
    all.open = open;
    all.read = read;
    all.lseek = lseek;
    all.statfs = statfs;
    return all;
  }();
  return operations;
}

void ImageFolder::init(void* folder, fuse_conn_info*) {
  const auto& options = static_cast<ImageFolder*>(folder)->options_;
  if (options.on_up) options.on_up();
}

const ServedImage* ImageFolder::image(fuse_ino_t node) const {
  return node >= kFirstImage && node - kFirstImage < images_.size()
             ? images_[node - kFirstImage].get()
             : nullptr;
}

struct stat ImageFolder::attributes(fuse_ino_t node) const {
  struct stat status {};
  status.st_ino = node;
  status.st_uid = ::getuid();
  status.st_gid = ::getgid();
  status.st_blksize = kBlockBytes;
  if (const ServedImage* const found = image(node)) {
    // A backup is as confidential as its volume.
    status.st_mode = S_IFREG | 0400;
    status.st_nlink = 1;
    status.st_size = static_cast<off_t>(found->size_bytes());
    status.st_blocks = static_cast<blkcnt_t>((data_bytes_[node - kFirstImage] + 511) / 512);
    status.st_mtim.tv_sec = found->name().made_at;
  } else {
    status.st_mode = S_IFDIR | 0500;
    status.st_nlink = 2;
    for (const auto& one : images_)
      status.st_mtim.tv_sec = std::max<time_t>(status.st_mtim.tv_sec, one->name().made_at);
  }
  status.st_ctim = status.st_atim = status.st_mtim;
  return status;
}

void ImageFolder::lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  const ImageFolder& folder = folder_of(request);
  const auto found = std::find(folder.file_names_.begin(), folder.file_names_.end(), name);
  if (parent != FUSE_ROOT_ID || found == folder.file_names_.end()) {
    ::fuse_reply_err(request, ENOENT);
    return;
  }
  fuse_entry_param entry{};
  entry.ino = kFirstImage + static_cast<fuse_ino_t>(found - folder.file_names_.begin());
  entry.attr = folder.attributes(entry.ino);
  entry.attr_timeout = entry.entry_timeout = kNeverExpires;
  ::fuse_reply_entry(request, &entry);
}

void ImageFolder::getattr(fuse_req_t request, fuse_ino_t node, fuse_file_info*) {
  const struct stat status = folder_of(request).attributes(node);
  ::fuse_reply_attr(request, &status, kNeverExpires);
}

void ImageFolder::readdir(fuse_req_t request, fuse_ino_t node, std::size_t size, off_t offset,
                          fuse_file_info*) {
  const ImageFolder& folder = folder_of(request);
  if (node != FUSE_ROOT_ID) {
    ::fuse_reply_err(request, ENOTDIR);
    return;
  }
  // An entry's offset is that of the next one: ".", "..", then the files.
  std::vector<char> entries(size);
  std::size_t used = 0;
  for (auto next = static_cast<std::size_t>(offset); next < folder.file_names_.size() + 2; ++next) {
    const bool dots = next < 2;
    const fuse_ino_t number = dots ? FUSE_ROOT_ID : kFirstImage + (next - 2);
    const char* const name = next == 0   ? "."
                             : next == 1 ? ".."
                                         : folder.file_names_[next - 2].c_str();
    const struct stat status = folder.attributes(number);
    const std::size_t needed = ::fuse_add_direntry(request, entries.data() + used, size - used,
                                                   name, &status, static_cast<off_t>(next + 1));
    if (needed > size - used) break;
    used += needed;
  }
  ::fuse_reply_buf(request, entries.data(), used);
}

void ImageFolder::open(fuse_req_t request, fuse_ino_t node, fuse_file_info* file) {
  const ServedImage* const found = folder_of(request).image(node);
  if (found == nullptr || (file->flags & O_ACCMODE) != O_RDONLY) {
    ::fuse_reply_err(request, found == nullptr ? EISDIR : EROFS);
    return;
  }
  file->keep_cache = 1;
  ::fuse_reply_open(request, file);
}

void ImageFolder::read(fuse_req_t request, fuse_ino_t node, std::size_t size, off_t offset,
                       fuse_file_info*) {
  ImageFolder& folder = folder_of(request);
  const ServedImage* const found = folder.image(node);
  if (found == nullptr || offset < 0) {
    ::fuse_reply_err(request, EINVAL);
    return;
  }
  const auto begin = std::min(static_cast<std::uint64_t>(offset), found->size_bytes());
  const auto bytes = std::min<std::uint64_t>(size, found->size_bytes() - begin);
  try {
    std::vector<std::byte> content(bytes);
    if (const auto done = found->read(begin, content); !done) {
      // All or nothing: the kernel would take a short answer for the end of the file.
      folder.tell_trouble(done.error().line());
      ::fuse_reply_err(request, EIO);
      return;
    }
    ::fuse_reply_buf(request, reinterpret_cast<const char*>(content.data()), content.size());
  } catch (const std::bad_alloc&) {
    ::fuse_reply_err(request, ENOMEM);
  }
}

void ImageFolder::lseek(fuse_req_t request, fuse_ino_t node, off_t offset, int whence,
                        fuse_file_info*) {
  const ServedImage* const found = folder_of(request).image(node);
  if (found == nullptr || (whence != SEEK_DATA && whence != SEEK_HOLE)) {
    ::fuse_reply_err(request, EINVAL);
    return;
  }
  const std::uint64_t end = found->size_bytes();
  auto at = static_cast<std::uint64_t>(offset);
  if (offset < 0 || at >= end) {
    ::fuse_reply_err(request, ENXIO);
    return;
  }
  const ImageVolume::Stretch stretch = found->stretch_at(at);
  if (stretch.data != (whence == SEEK_DATA)) at += stretch.length;
  // There is a hole at the end of every file, but no data.
  if (at >= end && whence == SEEK_DATA)
    ::fuse_reply_err(request, ENXIO);
  else
    ::fuse_reply_lseek(request, static_cast<off_t>(at));
}

void ImageFolder::statfs(fuse_req_t request, fuse_ino_t) {
  const ImageFolder& folder = folder_of(request);
  struct statvfs status {};
  status.f_bsize = status.f_frsize = kBlockBytes;
  for (const auto& one : folder.images_)
    status.f_blocks += (one->size_bytes() + kBlockBytes - 1) / kBlockBytes;
  status.f_files = folder.images_.size() + 1;
  status.f_namemax = 255;
  ::fuse_reply_statfs(request, &status);
}

void ImageFolder::tell_trouble(const std::string& line) {
  if (!options_.on_trouble) return;
  // A reader that is refused tries again, page by page: one line for one place is enough.
  const std::lock_guard lock(mutex_);
  if (line == last_trouble_) return;
  last_trouble_ = line;
  options_.on_trouble(line);
}

}  // namespace tintype
