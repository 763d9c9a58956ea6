#include "engine/job/export_job.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>

#include "engine/guard/target_guard.h"
#include "engine/image/read/image_part.h"
#include "engine/pipeline/pass_runner.h"
#include "engine/serve/nbd_server.h"
#include "io/file/durable_file.h"
#include "io/file/durable_folder.h"
#include "io/file/extent_map.h"
#include "io/folder/folder_map.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct FormatFacts {
  DiskFormat format;
  std::string_view name;       // ours, and the file name's ending
  std::string_view qemu_name;  // qemu-img's
  std::string_view options;    // for its -o
  bool has_check;              // `qemu-img check` knows it
};
// force_size: without it the size is rounded up to what cylinders, heads and sectors can tell.
constexpr std::array<FormatFacts, 5> kFormats{{
    {DiskFormat::raw, "raw", "raw", "", false},
    {DiskFormat::qcow2, "qcow2", "qcow2", "", true},
    {DiskFormat::vhdx, "vhdx", "vhdx", "subformat=dynamic", true},
    {DiskFormat::vhd, "vhd", "vpc", "subformat=dynamic,force_size=on", false},
    {DiskFormat::vmdk, "vmdk", "vmdk", "subformat=monolithicSparse", true},
}};

const FormatFacts& facts_of(DiskFormat format) noexcept {
  return kFormats[static_cast<std::size_t>(format)];
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Where a file system keeps modes at all.
Result<void> set_mode(const fs::path& path, fs::perms mode) {
  std::error_code code;
  fs::permissions(path, mode, code);
  if (!code || code == std::errc::operation_not_permitted ||
      code == std::errc::operation_not_supported)
    return {};
  return system_error(code.value(), "set the mode of", path.string());
}

// Where the file is written: in a folder beside its place, but under its own name, because some
// formats write that into the file. qemu-img makes the file by the umask; meanwhile nobody else
// gets to it.
struct Aside {
  DurableFolder folder;
  std::string file;

  static Result<Aside> make(const std::string& target) {
    const fs::path folder = fs::absolute(target + ".partial");
    const fs::path file = folder / fs::path(target).filename();
    // A left-over is unfinished by definition; anything else in there is somebody's.
    std::error_code ignored;
    fs::remove(file, ignored);
    fs::remove(folder, ignored);
    TINTYPE_TRY(auto made, DurableFolder::create(folder.string()));
    return Aside{std::move(made), file.string()};
  }
};

// "    (12.34/100%)\r": the last one in what qemu-img -p printed, 0…1.
std::optional<double> share_in(std::string_view text) {
  const auto end = text.rfind("/100%");
  if (end == std::string_view::npos) return std::nullopt;
  const auto begin = text.rfind('(', end);
  if (begin == std::string_view::npos) return std::nullopt;
  double whole = 0, digit = 1;
  bool fraction = false;
  for (const char c : text.substr(begin + 1, end - begin - 1)) {
    if (c == '.' || c == ',') {
      fraction = true;
    } else if (c >= '0' && c <= '9') {
      whole = fraction ? whole + (digit /= 10) * (c - '0') : whole * 10 + (c - '0');
    }
  }
  return std::min(whole / 100, 1.0);
}

class QemuImg {
 public:
  QemuImg(const std::string& volume, std::uint64_t volume_bytes, JobMonitor& monitor)
      : monitor_(monitor), progress_{.volume = volume, .total_bytes = volume_bytes} {}

  struct Ending {
    int exit_code = 0;
    std::string words;  // its last line of error
  };
  [[nodiscard]] Result<Ending> run(std::vector<std::string> words, Phase phase) {
    words.insert(words.begin(), "qemu-img");
    const auto start = std::chrono::steady_clock::now();
    TINTYPE_TRY(ChildProcess process,
                ChildProcess::start({words, "qemu-utils", /*keep_errors=*/true}));
    progress_.phase = phase;
    progress_.read_bytes = 0;
    std::string unread;
    while (const auto said = process.read_output(100ms)) {
      if (monitor_.stop_requested.load()) return stopped_error();
      unread += *said;
      if (const auto share = share_in(unread)) {
        progress_.read_bytes =
            static_cast<std::uint64_t>(*share * static_cast<double>(progress_.total_bytes));
        unread.clear();
      }
      unread.erase(0, unread.size() - std::min<std::size_t>(unread.size(), 64));
      progress_.seconds = seconds_since(start);
      monitor_.progress(progress_);
    }
    std::optional<int> exit_code;
    while (!exit_code) exit_code = process.wait(1s);
    // A signal to the whole group (Ctrl-C) may end it before we hear of it.
    if (monitor_.stop_requested.load()) return stopped_error();
    std::string text = process.error_text();
    while (text.ends_with('\n')) text.pop_back();
    return Ending{*exit_code, text.substr(text.rfind('\n') + 1)};
  }

 private:
  JobMonitor& monitor_;
  Progress progress_;
};

// Why it failed: the server's complaint about the image, if there is one, comes first.
tl::unexpected<Error> failed(std::string_view what, const QemuImg::Ending& ending,
                             const NbdServer& server) {
  const std::string said = server.error_text();
  constexpr std::string_view kMark = "error: ";
  if (const auto damage = said.find(kChunkDamageWords); damage != std::string::npos) {
    auto begin = said.rfind('\n', damage);
    begin = begin == std::string::npos ? 0 : begin + 1;
    if (const auto mark = said.find(kMark, begin); mark < damage) begin = mark + kMark.size();
    return tl::unexpected(Error{std::make_error_code(std::errc::bad_message),
                                said.substr(begin, said.find('\n', damage) - begin), ""});
  }
  return plain_error(fmt::format("{}: {}", what,
                                 ending.words.empty()
                                     ? fmt::format("qemu-img ended with {}", ending.exit_code)
                                     : ending.words));
}

// From the served volume to a disk file, and back to see that it is the same. Every format is
// named: nothing is ever guessed from a volume's bytes.
class Conversion {
 public:
  // All outlive it.
  Conversion(const ExportOptions& options, const NbdServer& server, std::string file,
             std::uint64_t volume_bytes, JobMonitor& monitor)
      : options_(options),
        format_(facts_of(options.format)),
        server_(server),
        uri_(server.uri("volume")),
        file_(std::move(file)),
        qemu_img_(options.target, volume_bytes, monitor) {}

  [[nodiscard]] Result<void> convert() {
    std::vector<std::string> words{"convert", "-p", "-f", "raw", "-O", qemu_name()};
    if (!format_.options.empty()) words.insert(words.end(), {"-o", std::string(format_.options)});
    words.insert(words.end(), {uri_, file_});
    return run(std::move(words), Phase::copy, fmt::format("cannot write {}", options_.target));
  }
  // Only of a format that knows it.
  [[nodiscard]] Result<void> check() {
    return run({"check", "-f", qemu_name(), file_}, Phase::read_back,
               fmt::format("qemu-img check dislikes {}", options_.target));
  }
  // `direct`: past the page cache.
  [[nodiscard]] Result<void> compare(bool direct) {
    return run({"compare", "-p", "-f", "raw", "-F", qemu_name(), "-T",
                direct ? "none" : "writeback", uri_, file_},
               Phase::read_back, fmt::format("{} differs from the image", options_.target));
  }

 private:
  [[nodiscard]] std::string qemu_name() const { return std::string(format_.qemu_name); }
  [[nodiscard]] Result<void> run(std::vector<std::string> words, Phase phase,
                                 std::string_view what) {
    TINTYPE_TRY(const auto ending, qemu_img_.run(std::move(words), phase));
    if (ending.exit_code != 0) return failed(what, ending, server_);
    return {};
  }

  const ExportOptions& options_;
  const FormatFacts& format_;
  const NbdServer& server_;
  const std::string uri_, file_;
  QemuImg qemu_img_;
};

Result<void> check_target(const ExportOptions& options) {
  std::error_code code;
  const fs::file_status status = fs::status(options.target, code);
  const fs::path parent = fs::absolute(options.target).parent_path();
  if (!fs::is_directory(parent, code))
    return plain_error(fmt::format("the folder {} does not exist", parent.string()),
                       "make it first");
  TINTYPE_CHECK(check_target_usable(options.target));
  if (!fs::exists(status)) return {};
  if (!fs::is_regular_file(status))
    return plain_error(fmt::format("{} is no file", options.target),
                       "a disk file cannot be written onto it; a device takes `tintype restore`");
  if (!options.overwrite)
    return plain_error(fmt::format("{} exists", options.target),
                       "name a new file, or add --overwrite");
  return {};
}

// What is exported: the outcome but for the file.
Result<ExportOutcome> look_at_image(const ExportOptions& options) {
  TINTYPE_TRY(const ImageReader image, ImageReader::open(options.image));
  if (image.epilogue().filesystem == kFolderType)
    return plain_error(fmt::format("{} holds a folder, and no volume", options.image.path),
                       "tintype restore writes its files");
  TINTYPE_TRY(const ImagePart part, ImagePart::find(image, options.partition));
  ExportOutcome outcome;
  outcome.volume_bytes = part.range().length;
  outcome.unreadable = part.moved(image.epilogue().unreadable);
  outcome.data_bytes = total_bytes(part.data());
  return outcome;
}

struct SyncedFile {
  bool direct = false;  // it can be read past the page cache
  std::uint64_t bytes = 0;
};
Result<SyncedFile> sync_file(const std::string& path, Permissions permissions) {
  TINTYPE_TRY(const File file, File::open_target(path, Caching::direct_if_possible));
  if (permissions == Permissions::owner_only)
    TINTYPE_CHECK(set_mode(path, fs::perms::owner_read | fs::perms::owner_write));
  TINTYPE_CHECK(file.sync());
  TINTYPE_TRY(const ExtentList on_disk, data_extents(file));
  return SyncedFile{.direct = file.geometry().direct, .bytes = total_bytes(on_disk)};
}

}  // namespace

std::string_view to_string(DiskFormat format) noexcept {
  return facts_of(format).name;
}

std::optional<DiskFormat> parse_disk_format(std::string_view word) noexcept {
  if (word == "img") return DiskFormat::raw;
  for (const FormatFacts& facts : kFormats)
    if (word == facts.name) return facts.format;
  return std::nullopt;
}

Result<ExportOutcome> run_export(const ExportOptions& options, JobMonitor& monitor) {
  const auto start = std::chrono::steady_clock::now();
  TINTYPE_CHECK(check_target_apart(options.image.path, options.target));
  TINTYPE_CHECK(check_target(options));
  TINTYPE_TRY(ExportOutcome outcome, look_at_image(options));
  TINTYPE_TRY(const Aside aside, Aside::make(options.target));
  TINTYPE_TRY(
      const NbdServer server,
      NbdServer::start(
          {.images = {{.name = "volume", .image = options.image, .partition = options.partition}},
           .plugin = options.plugin,
           .volume = {.cache_bytes = options.cache_bytes,
                      .unreadable = ImageVolume::Unreadable::zeros},
           .keep_errors = true}));
  monitor.detail("serving " + server.uri("volume"));
  Conversion conversion(options, server, aside.file, outcome.volume_bytes, monitor);
  TINTYPE_CHECK(conversion.convert());
  TINTYPE_TRY(const SyncedFile synced, sync_file(aside.file, options.permissions));
  outcome.file_bytes = synced.bytes;
  if (facts_of(options.format).has_check) {
    TINTYPE_CHECK(conversion.check());
    outcome.checked = true;
  }
  TINTYPE_CHECK(conversion.compare(synced.direct));
  outcome.read_back = read_back_of(true, synced.direct);

  if (options.overwrite) {
    TINTYPE_CHECK(replace_durably(aside.file, options.target));
  } else {
    TINTYPE_CHECK(rename_durably(aside.file, options.target));
  }
  outcome.seconds = seconds_since(start);
  return outcome;
}

}  // namespace tintype
