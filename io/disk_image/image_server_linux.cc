#include "io/disk_image/image_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "io/nbd/nbd_client.h"
#include "io/nbd/nbd_volume.h"
#include "io/process/child_process.h"
#include "io/process/socket_folder.h"

namespace tintype {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

// An image that takes longer to open is on a medium that is no good.
constexpr auto kStartMax = 20s;
// qemu-img reads an image's tables, which for the largest ones are some GiB.
constexpr auto kCheckMax = 10min;

class Socket {
 public:
  explicit Socket(int handle) : handle_(handle) {}
  Socket(Socket&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (handle_ >= 0) ::close(handle_);
  }
  [[nodiscard]] int get() const noexcept { return handle_; }
  [[nodiscard]] int release() noexcept { return std::exchange(handle_, -1); }

 private:
  int handle_;
};

// A listening socket with connections that wait to be accepted. It has a name, in a folder that
// only we may enter, for as long as it takes to connect; so nothing is left behind, whatever
// happens.
struct Sockets {
  Socket listening{-1};
  std::vector<Socket> connected;
};

Result<Sockets> make_sockets() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::error_code code;
  std::string parent = std::filesystem::temp_directory_path(code);
  constexpr std::size_t kBelow = kSocketFolderPrefix.size() + std::string_view("/XXXXXX/s").size();
  if (code || parent.size() + kBelow >= sizeof address.sun_path) parent = "/tmp";
  TINTYPE_TRY(const std::string folder, make_socket_folder(parent));
  const std::string name = folder + "/s";
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  const auto* const where = reinterpret_cast<const sockaddr*>(&address);
  const auto open = [] { return Socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); };

  Sockets made{.listening = open(), .connected = {}};
  bool good = made.listening.get() >= 0 &&
              ::bind(made.listening.get(), where, sizeof address) == 0 &&
              ::listen(made.listening.get(), NbdClient::kConnectionsMax) == 0;
  while (good && made.connected.size() < NbdClient::kConnectionsMax) {
    Socket socket = open();
    good = socket.get() >= 0 && ::connect(socket.get(), where, sizeof address) == 0;
    made.connected.push_back(std::move(socket));
  }
  const int error_number = errno;
  ::unlink(name.c_str());
  ::rmdir(folder.c_str());
  if (!good) return system_error(error_number, "make a socket", name);
  return made;
}

const char* driver_of(DiskImageKind kind) {
  switch (kind) {
    case DiskImageKind::qcow2:
      return "qcow2";
    case DiskImageKind::vmdk:
    case DiskImageKind::vmdk_descriptor:
      return "vmdk";
    case DiskImageKind::vhd:   // never through qemu: see vhd_volume.h
    case DiskImageKind::vhdx:  // and vhdx_volume.h
    case DiskImageKind::none:
      return "raw";
  }
  return "raw";
}

// qemu's description of a layer, and of those below it if they are asked for. Nothing is left for
// qemu to find out: each format is told, and a layer without one below is told so.
Json node_of(std::span<const ImageLayer> layers, bool with_lower) {
  const ImageLayer& layer = layers.front();
  Json node{{"driver", driver_of(layer.kind)},
            {"file", {{"driver", "file"}, {"filename", layer.path}}}};
  if (with_lower && layers.size() > 1)
    node["backing"] = node_of(layers.subspan(1), true);
  else if (layer.kind != DiskImageKind::none)
    node["backing"] = nullptr;
  return node;
}

Result<std::string> argument_for(std::span<const ImageLayer> layers, bool with_lower) {
  try {
    return "json:" + node_of(layers, with_lower).dump();
  } catch (const Json::type_error&) {
    return plain_error(
        fmt::format("cannot read {}: qemu takes no name that is not UTF-8", layers.front().path),
        "rename it");
  }
}

// qemu's last line, without the program's name and our own description that it repeats.
std::string last_words(const std::string& errors, const std::string& argument) {
  std::string text = errors;
  if (const auto at = text.find(argument); at != std::string::npos)
    text.erase(0, std::min(text.size(), at + argument.size() + std::strlen("': ")));
  while (text.ends_with('\n')) text.pop_back();
  text.erase(0, text.find_last_of('\n') + 1);
  for (const std::string_view prefix : {"qemu-nbd: ", "qemu-img: "})
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
  return text.empty() ? "it gave no reason" : text;
}

// What qemu reads of a file that was cut short is zeros, without a word. Its check notices.
Result<void> check(const ImageLayer& layer) {
  TINTYPE_TRY(const std::string argument, argument_for({&layer, 1}, false));
  TINTYPE_TRY(const auto outcome,
              ChildProcess::run({.words = {"qemu-img", "check", "--force-share", argument},
                                 .package = "qemu-utils",
                                 .confined = true},
                                kCheckMax));
  constexpr int kSound = 0, kDamaged = 2, kLeaks = 3, kNoCheckForFormat = 63;
  const int code = outcome.exit_code;
  // Leaks are space that nobody uses: no harm to what is read.
  if (code == kSound || code == kLeaks || code == kNoCheckForFormat) return {};
  const std::string words = last_words(outcome.errors, argument);
  if (code == kDamaged && layer.not_closed)
    return plain_error(
        fmt::format("cannot read {}: it was not closed when it was last written, and its tables "
                    "are behind",
                    layer.path),
        "shut its machine down cleanly, or repair a copy of it: qemu-img check -r all COPY");
  if (code == kDamaged || words.starts_with("Check failed"))  // the latter of a VMDK
    return plain_error(fmt::format("cannot read {}: as a {} image it is damaged", layer.path,
                                   to_string(layer.kind)),
                       "qemu-img check tells how; look for another copy of it");
  return plain_error(fmt::format("cannot read {}: qemu says: {}", layer.path, words));
}

bool all_direct(std::span<const ImageLayer> layers) {
  return std::ranges::all_of(layers, [](const ImageLayer& layer) {
    const auto file = File::open_source(layer.path, Caching::direct_if_possible);
    return file && file->geometry().direct;
  });
}

// The server lives as long as the volume.
class ServedVolume final : public Volume {
 public:
  ServedVolume(ChildProcess server, std::unique_ptr<Volume> volume)
      : server_(std::move(server)), volume_(std::move(volume)) {}
  const std::string& name() const noexcept override { return volume_->name(); }
  std::uint64_t size_bytes() const noexcept override { return volume_->size_bytes(); }
  std::uint32_t sector_bytes() const noexcept override { return volume_->sector_bytes(); }
  void map(Extent range, const std::function<void(const Piece&)>& piece) const override {
    volume_->map(range, piece);
  }
  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override {
    return volume_->read(offset, bytes);
  }
  Result<ExtentList> data_extents() const override { return volume_->data_extents(); }

 private:
  const ChildProcess server_;
  const std::unique_ptr<Volume> volume_;  // hangs up before the server goes
};

}  // namespace

Result<std::unique_ptr<Volume>> serve_disk_image(const std::vector<ImageLayer>& layers,
                                                 const std::atomic<bool>* stop) {
  const std::string& name = layers.front().path;
  for (const ImageLayer& layer : layers)
    if (layer.kind != DiskImageKind::none) TINTYPE_CHECK(check(layer));

  TINTYPE_TRY(const std::string argument, argument_for(layers, true));
  TINTYPE_TRY(Sockets sockets, make_sockets());
  ChildProcess::Program program{
      .words = {"qemu-nbd", "--read-only", fmt::format("--shared={}", NbdClient::kConnectionsMax)},
      .package = "qemu-utils",
      .keep_errors = true,
      .confined = true,
      .listening_socket = sockets.listening.get()};
  if (all_direct(layers))
    program.words.insert(program.words.end(), {"--cache=none", "--aio=native"});
  program.words.push_back(argument);
  TINTYPE_TRY(ChildProcess server, ChildProcess::start(program));

  const NbdDial dial = [&](nbd_handle* handle) {
    if (sockets.connected.empty()) return -1;
    const int socket = sockets.connected.back().release();
    sockets.connected.pop_back();
    return dial_nbd_socket(handle, socket);
  };
  // Held until then only by the server: where it ends, connections that it has not accepted end
  // too.
  { const Socket closed_now(sockets.listening.release()); }
  auto volume = open_nbd_volume(dial, name, {.connect = kStartMax, .stop = stop});
  if (!volume) {
    if (const std::string errors = server.error_text(); !errors.empty())
      return plain_error(
          fmt::format("cannot read {}: qemu says: {}", name, last_words(errors, argument)));
    return tl::unexpected(std::move(volume).error());
  }
  return std::make_unique<ServedVolume>(std::move(server), *std::move(volume));
}

}  // namespace tintype
