#include "engine/restore/restore_folder_job.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "engine/flow/file_read_back_flow.h"
#include "engine/guard/target_guard.h"
#include "engine/image/read/image_volume.h"
#include "engine/job/pass.h"
#include "engine/pipeline/pass_runner.h"
#include "engine/restore/folder_unpacker.h"
#include "engine/restore/unpacked_files.h"
#include "io/file/durable_folder.h"
#include "io/file/mount_table.h"
#include "io/folder/archive_library.h"
#include "io/folder/folder_map.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

Error as_damage(Error error) {
  if (!error.code) error.code = std::make_error_code(std::errc::bad_message);
  return error;
}

// Nothing there, or an empty folder: it is what gets its name in the end.
Result<bool> is_empty_folder(const std::string& target) {
  std::error_code code;
  const fs::file_status status = fs::symlink_status(target, code);
  if (status.type() == fs::file_type::not_found) return false;
  if (code) return system_error(code.value(), "inspect", target);
  if (status.type() != fs::file_type::directory)
    return plain_error(fmt::format("{} exists and is no folder", target),
                       "a folder restores as files: name a new folder");
  const bool empty = fs::is_empty(target, code);
  if (code) return system_error(code.value(), "read the folder", target);
  if (!empty)
    return plain_error(fmt::format("{} is not empty", target),
                       "name a new folder; nothing that exists is ever mixed with restored files");
  return true;
}

// The folder that is written into. One that is there already may be another restore's.
Result<DurableFolder> make_aside(const std::string& path) {
  auto folder = DurableFolder::create(path);
  std::error_code ignored;
  if (!folder && fs::exists(fs::symlink_status(path, ignored)))
    return plain_error(fmt::format("{} exists: another restore runs, or one was killed", path),
                       "if none runs, remove it");
  return folder;
}

// What lies in the folder now, before it gets its name.
Result<void> read_back(FolderUnpacker::Unpacked& unpacked, const std::string& folder,
                       const RestoreOptions& options, JobMonitor& monitor, PassOutcome& outcome) {
  TINTYPE_TRY(auto files, UnpackedFiles::open(folder, std::move(unpacked.paths)));
  FileReadBackFlow flow(std::move(unpacked.parts), files);
  PassOutcome pass;
  TINTYPE_CHECK(run_pass(flow, options.pass,
                         {options.image.path, flow.total_bytes(), Phase::compare}, monitor, pass));
  outcome.read_back = read_back_of(true, flow.all_direct());
  outcome.read_back_bytes = pass.read_bytes;
  for (const std::string& path : files.forbidden())
    outcome.folder_problems.add(path, "restored, but not read back: its mode forbids reading it");
  return {};
}

}  // namespace

Result<PassOutcome> run_restore_folder(const ImageReader& image, const RestoreOptions& options,
                                       JobMonitor& monitor) {
  std::string target = options.target;
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  if (options.file_bytes != 0)
    return plain_error("a folder has no size that could be chosen", "leave out --size");
  TINTYPE_CHECK(refuse_device_folder(target));
  TINTYPE_CHECK(refuse_part_of_repository(target));
  TINTYPE_TRY(const bool exists, is_empty_folder(target));
  TINTYPE_CHECK(libarchive().is_loaded());

  const ImageVolume volume(image, {});
  auto map = open_folder_map(volume);
  if (!map) return tl::unexpected(as_damage(std::move(map).error()));
  PassOutcome outcome;
  outcome.volume_bytes = image.geometry().volume_bytes;
  outcome.captured_bytes = total_bytes(image.epilogue().captured);
  outcome.filesystem = image.epilogue().filesystem;
  outcome.content_digest = image.content_digest();
  outcome.read_back = ReadBack::none;
  outcome.read_bytes = image.file_bytes();
  const ExtentList& unreadable = image.epilogue().unreadable;
  TINTYPE_TRY(const auto owners, (*map)->owners(unreadable));
  for (std::size_t i = 0; i < unreadable.size(); ++i)
    outcome.unreadable.push_back({unreadable[i], owners[i].path, owners[i].file_offset});
  if (options.dry_run) {
    outcome.dry_run = true;
    return outcome;
  }

  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  TINTYPE_TRY(DurableFolder aside, make_aside(target + ".partial"));
  FolderUnpacker unpacker(volume, aside.path(), options.read_back);
  while (!unpacker.has_ended(std::chrono::milliseconds(100))) {
    if (monitor.stop_requested) unpacker.stop();
    monitor.progress({.phase = Phase::copy,
                      .volume = options.image.path,
                      .total_bytes = outcome.volume_bytes,
                      .read_bytes = unpacker.read_bytes(),
                      .written_bytes = unpacker.written_bytes(),
                      .seconds = seconds()});
  }
  TINTYPE_TRY(auto unpacked, unpacker.finish());
  outcome.folder_problems = std::move(unpacked.problems);
  outcome.written_bytes = unpacker.written_bytes();
  if (monitor.stop_requested) return stopped_error();
  if (options.read_back)
    TINTYPE_CHECK(read_back(unpacked, aside.path(), options, monitor, outcome));
  if (exists) {
    std::error_code code;
    if (!fs::remove(target, code))
      return system_error(code.value(), "replace the empty folder", target,
                          "if something is mounted there, name a folder in it");
  }
  TINTYPE_CHECK(aside.commit(target));
  outcome.seconds = seconds();
  return outcome;
}

}  // namespace tintype
