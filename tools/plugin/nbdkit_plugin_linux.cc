// nbdkit-tintype-plugin.so: images as read-only NBD exports, served by nbdkit.
//
//   nbdkit tintype [name=NAME] [partition=N] image=FILE.tint… [cache=BYTES]
//   [unreadable=error|zeros]
//                  [temporary=PATH…]
//
// Each image is an export under its name (default: the file's name without ".tint"); a single one
// is the default export too. `temporary` is a socket, or a folder that is empty by then, which is
// removed when the server ends. Runs of zeros are holes; a damaged chunk is an I/O error for who
// reads it.
#define NBDKIT_API_VERSION 2
#include <fmt/format.h>
#include <nbdkit-plugin.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/manifest/set_name.h"
#include "engine/serve/served_image.h"

#define THREAD_MODEL NBDKIT_THREAD_MODEL_PARALLEL

namespace tintype {
namespace {

// nbdkit loads a plugin once a process.
struct Server {
  std::vector<ServedName> names;
  std::vector<std::string> digests;  // of their contents, as their sets tell; "": nobody does
  std::vector<std::string> temporaries;
  std::string next_name, next_digest;
  std::optional<std::uint32_t> next_partition;
  ImageVolume::Options options{.unreadable = ImageVolume::Unreadable::error};
  std::vector<std::unique_ptr<ServedImage>> images;
};
Server g_server;

const ServedImage& image_of(void* handle) {
  return *static_cast<const ServedImage*>(handle);
}

int refuse(const std::string& line) {
  nbdkit_error("%s", line.c_str());
  return -1;
}

// Exceptions must not leave a callback: nbdkit is C.
template <class Body>
auto guarded(Body body, decltype(body()) on_failure) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& error) {
    nbdkit_error("%s", error.what());
    nbdkit_set_error(ENOMEM);
    return on_failure;
  }
}

int take_parameter(std::string_view key, const std::string& value) {
  if (key == "image") {
    const std::string name = g_server.next_name.empty()
                                 ? to_plain_name(std::filesystem::path(value).stem().string())
                                 : std::exchange(g_server.next_name, {});
    for (const ServedName& known : g_server.names)
      if (known.name == name)
        return refuse(fmt::format("two images are called {}: give one another name=", name));
    char* const path = nbdkit_absolute_path(value.c_str());
    if (path == nullptr) return -1;
    g_server.names.push_back({.name = name,
                              .image = path,
                              .partition = std::exchange(g_server.next_partition, std::nullopt)});
    g_server.digests.push_back(std::exchange(g_server.next_digest, {}));
    ::free(path);
    return 0;
  }
  if (key == "name") {
    if (!is_plain_name(value)) return refuse(fmt::format("\"{}\" is no plain name", value));
    g_server.next_name = value;
    return 0;
  }
  if (key == "digest") {
    g_server.next_digest = value;
    return 0;
  }
  if (key == "partition") {
    unsigned number = 0;
    if (nbdkit_parse_unsigned("partition", value.c_str(), &number) != 0) return -1;
    g_server.next_partition = number;
    return 0;
  }
  if (key == "cache") {
    const std::int64_t bytes = nbdkit_parse_size(value.c_str());
    if (bytes < 0) return -1;
    g_server.options.cache_bytes = static_cast<std::uint64_t>(bytes);
    return 0;
  }
  if (key == "unreadable") {
    if (value != "error" && value != "zeros") return refuse("unreadable is error or zeros");
    g_server.options.unreadable =
        value == "error" ? ImageVolume::Unreadable::error : ImageVolume::Unreadable::zeros;
    return 0;
  }
  if (key == "temporary") {
    g_server.temporaries.push_back(value);
    return 0;
  }
  return refuse(fmt::format("unknown parameter {}", key));
}

int config(const char* key, const char* value) {
  return guarded([&] { return take_parameter(key, value); }, -1);
}

int config_complete() {
  return g_server.names.empty() ? refuse("image=FILE.tint is missing") : 0;
}

// Before the fork: what is wrong is said while somebody listens.
int get_ready() {
  return guarded(
      [] {
        for (std::size_t i = 0; i < g_server.names.size(); ++i) {
          auto image = ServedImage::open(g_server.names[i]);
          if (!image) return refuse(image.error().line());
          // Between us and who started us somebody may have put another image there.
          const std::string& digest = g_server.digests[i];
          if (!digest.empty() && to_hex((*image)->image().content_digest()) != digest)
            return refuse(g_server.names[i].image.path + " is not the image it was");
          g_server.images.push_back(*std::move(image));
        }
        return 0;
      },
      -1);
}

// After it: caches have threads. They share the memory that was allowed.
int after_fork() {
  return guarded(
      [] {
        ImageVolume::Options options = g_server.options;
        options.cache_bytes /= g_server.images.size();
        for (const auto& image : g_server.images) image->start(options);
        return 0;
      },
      -1);
}

int list_exports(int, int, nbdkit_exports* exports) {
  for (const auto& image : g_server.images) {
    const std::string description =
        fmt::format("{}, {} bytes", image->image().epilogue().volume_name, image->size_bytes());
    if (nbdkit_add_export(exports, image->name().name.c_str(), description.c_str()) < 0) return -1;
  }
  return 0;
}

const char* default_export(int, int) {
  return g_server.images.size() == 1 ? g_server.images[0]->name().name.c_str() : "";
}

void* open(int) {
  return guarded(
      []() -> void* {
        const char* const given = nbdkit_export_name();
        if (given == nullptr) return nullptr;
        const std::string_view wanted = given;
        std::string known;
        for (const auto& image : g_server.images) {
          if (image->name().name == wanted || (wanted.empty() && g_server.images.size() == 1))
            return image.get();
          known += (known.empty() ? "" : ", ") + image->name().name;
        }
        refuse(fmt::format("there is no export \"{}\"; there are {}", wanted, known));
        return nullptr;
      },
      nullptr);
}

std::int64_t get_size(void* handle) {
  return static_cast<std::int64_t>(image_of(handle).size_bytes());
}

int always(void*) {
  return 1;
}

int pread(void* handle, void* buffer, std::uint32_t count, std::uint64_t offset, std::uint32_t) {
  return guarded(
      [&] {
        const auto read = image_of(handle).read(offset, {static_cast<std::byte*>(buffer), count});
        if (read) return 0;
        nbdkit_error("%s", read.error().line().c_str());
        nbdkit_set_error(EIO);
        return -1;
      },
      -1);
}

int extents(void* handle, std::uint32_t count, std::uint64_t offset, std::uint32_t flags,
            nbdkit_extents* extents) {
  const ServedImage& image = image_of(handle);
  for (const std::uint64_t end = offset + count; offset < end;) {
    const ImageVolume::Stretch stretch = image.stretch_at(offset);
    if (nbdkit_add_extent(extents, offset, stretch.length,
                          stretch.data ? 0 : NBDKIT_EXTENT_HOLE | NBDKIT_EXTENT_ZERO) < 0)
      return -1;
    if ((flags & NBDKIT_FLAG_REQ_ONE) != 0) break;
    offset += stretch.length;
  }
  return 0;
}

void unload() {
  g_server.images.clear();
  for (const std::string& path : g_server.temporaries) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) continue;
    if (S_ISSOCK(status.st_mode)) ::unlink(path.c_str());
    if (S_ISDIR(status.st_mode)) ::rmdir(path.c_str());
  }
}

nbdkit_plugin make_plugin() {
  nbdkit_plugin plugin{};
  plugin.name = "tintype";
  plugin.version = TINTYPE_VERSION;
  plugin.longname = "Tintype images";
  plugin.description = "the volumes in Tintype images, read-only";
  plugin.magic_config_key = "image";
  plugin.config_help =
      "image=FILE.tint      (required) an image; may be given several times\n"
      "name=NAME            the export name of the next image\n"
      "partition=N          of the next image only this partition\n"
      "cache=SIZE           memory for unpacked chunks (default 64M)\n"
      "unreadable=error     what the backup could not read is an I/O error, or zeros\n"
      "temporary=PATH       socket or empty folder to remove at the end";
  plugin.unload = unload;
  plugin.config = config;
  plugin.config_complete = config_complete;
  plugin.get_ready = get_ready;
  plugin.after_fork = after_fork;
  plugin.list_exports = list_exports;
  plugin.default_export = default_export;
  plugin.open = open;
  plugin.get_size = get_size;
  plugin.pread = pread;
  plugin.can_extents = always;
  plugin.can_multi_conn = always;  // nothing is ever written
  plugin.extents = extents;
  return plugin;
}

nbdkit_plugin plugin = make_plugin();

}  // namespace
}  // namespace tintype

using tintype::plugin;
NBDKIT_REGISTER_PLUGIN(plugin)
