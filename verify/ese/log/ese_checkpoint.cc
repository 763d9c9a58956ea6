#include "verify/ese/log/ese_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "verify/ese/ese_error.h"
#include "verify/ese/ese_text.h"

namespace tintype {
namespace {

std::span<const std::byte> valid_copy(std::span<const std::byte> file, std::size_t index) {
  const std::size_t offset = index * kEseCheckpointCopyBytes;
  if (file.size() < offset + kEseCheckpointCopyBytes) return {};
  const auto copy = file.subspan(offset, kEseCheckpointCopyBytes);
  if (load_le<std::uint32_t>(copy, 0) != ese_xor32(copy)) return {};
  return copy;
}

}  // namespace

EseCheckpointReading read_ese_checkpoint(std::span<const std::byte> file) {
  using Status = EseCheckpointReading::Status;
  EseCheckpointReading reading;
  const auto settle = [&](Status status, std::string_view name, FindingKind kind, int error_number,
                          std::string text, std::uint64_t offset) {
    reading.status = status;
    reading.problems.push_back(
        make_problem(name, kind, error_number, std::move(text), offset, kEseCheckpointCopyBytes));
  };

  const auto primary = valid_copy(file, 0), shadow = valid_copy(file, 1);
  for (std::size_t i = 0; i < reading.copies.size(); ++i)
    if (const auto copy = i == 0 ? primary : shadow; !copy.empty())
      std::memcpy(&reading.copies[i].emplace(), copy.data(), sizeof(CheckpointHeader));
  if (primary.empty() && shadow.empty()) {
    settle(Status::corrupt, "CheckpointCorrupt", FindingKind::header_corrupt, kErrCheckpointCorrupt,
           "both copies of the checkpoint are damaged", 0);
    return reading;
  }
  std::memcpy(&reading.header, (primary.empty() ? shadow : primary).data(), sizeof reading.header);
  reading.attached = read_ese_attachments((primary.empty() ? shadow : primary)
                                              .subspan(kEseCheckpointAttachmentsAt)
                                              .first(kEseAttachmentListBytes));
  reading.status = Status::sound;
  if (primary.empty())
    settle(Status::primary_bad, "PrimaryBad", FindingKind::header_primary, kErrCheckpointCorrupt,
           "first copy of the checkpoint is damaged, second copy used", 0);
  else if (shadow.empty())
    settle(Status::shadow_bad, "ShadowBad", FindingKind::header_shadow, kErrCheckpointCorrupt,
           "second copy of the checkpoint is damaged, first copy used", kEseCheckpointCopyBytes);
  else if (!std::ranges::equal(primary, shadow))
    settle(Status::shadow_bad, "ShadowDiffers", FindingKind::header_shadow, 0,
           "copies of the checkpoint differ, first copy used", kEseCheckpointCopyBytes);

  const auto type = static_cast<EseFileType>(reading.header.file_type.value());
  if (type != EseFileType::checkpoint && type != EseFileType::unknown)
    settle(Status::refused, "WrongFileType", FindingKind::not_checked, kErrFileInvalidType,
           fmt::format("not a checkpoint but a {} file (type {})", to_string(type),
                       reading.header.file_type.value()),
           0);
  return reading;
}

std::vector<std::pair<std::string, std::string>> describe(const CheckpointHeader& h) {
  return {
      {"LastFullBackupCheckpoint", to_text(h.last_full_backup_checkpoint)},
      {"Checkpoint", to_text(h.checkpoint)},
      {"DbConsistency", to_text(h.database_consistency)},
      {"FullBackup", to_text(h.full_backup)},
      {"FullBackup time", to_text(h.full_backup_time)},
      {"IncBackup", to_text(h.incremental_backup)},
      {"IncBackup time", to_text(h.incremental_backup_time)},
      {"Signature", to_text(h.log_signature)},
      {"Env (CircLog,Session,Opentbl,VerPage,Cursors,LogBufs,LogFile,Buffers)",
       to_text(h.environment)},
  };
}

}  // namespace tintype
