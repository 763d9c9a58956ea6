// The database header in the order and the words of `eseutil /mh`. Fields eseutil prints only when
// they are set are printed only then; fields that describe the engine that prints are left out.
#include <fmt/format.h>

#include "verify/ese/ese_header.h"
#include "verify/ese/ese_text.h"

namespace tintype {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string decimal_and_hex(std::uint64_t value) {
  return fmt::format("{0} (0x{0:x})", value);
}

std::string backup_type_suffix(std::uint32_t type) {
  constexpr std::string_view kSuffixes[] = {"", " - OSSnapshot", " - Snapshot", " - Surrogate"};
  return std::string(type < std::size(kSuffixes) ? kSuffixes[type] : " - UNKNOWN");
}

void add_backup(Fields& fields, const std::string& name, const BackupInfo& backup,
                std::uint32_t type = 0) {
  fields.emplace_back(name + ": Log Gen",
                      generations_text(backup.gen_low, backup.gen_high) + backup_type_suffix(type));
  fields.emplace_back(name + ": Mark", to_text(backup.mark));
  fields.emplace_back(name + ": Mark", to_text(backup.mark_time));
}

// "found (3)" or "none", and when it was last if it ever was.
void add_counted(Fields& fields, const std::string& name, const std::string& date_name,
                 const std::string& old_name, const Counted& counted) {
  const auto found = [](std::uint32_t count) {
    return count != 0 ? fmt::format("found ({})", count) : std::string("none");
  };
  fields.emplace_back(name, found(counted.count));
  if (counted.count != 0) fields.emplace_back(date_name, to_text(counted.time));
  fields.emplace_back(old_name, found(counted.count_old));
}

void add_identity(Fields& fields, const DatabaseHeader& h) {
  fields.emplace_back("File Type", h.attrib == 0 ? "Database" : "UNKNOWN");
  fields.emplace_back("Checksum", fmt::format("0x{:x}", h.checksum.value()));
  fields.emplace_back("Format ulMagic", fmt::format("0x{:x}", h.magic.value()));
  fields.emplace_back(
      "Format ulVersion",
      fmt::format("0x{:x},{},{}  (attached by {})", h.version.value(), h.update_major.value(),
                  h.update_minor.value(), h.attached_by.value()));
  fields.emplace_back("Created ulVersion",
                      fmt::format("0x{:x},{}", h.create_version.value(), h.create_update.value()));
  fields.emplace_back("DB Signature", to_text(h.db_signature));
  fields.emplace_back("cbDbPage", fmt::format("{}", h.page_bytes.value()));
  fields.emplace_back("dbtime", decimal_and_hex(h.dbtime_dirtied));
  fields.emplace_back("State", to_string(static_cast<EseState>(h.state.value())));
}

void add_log_range(Fields& fields, const DatabaseHeader& h) {
  fields.emplace_back("Log Required",
                      fmt::format("{} [Min. Req. Pre-Redo: {}]",
                                  generations_text(h.gen_min_required, h.gen_max_required),
                                  decimal_and_hex(h.gen_pre_redo_min_required)));
  fields.emplace_back("Gen. Max. Req. Creation Time", to_text(h.gen_max_required_time));
  fields.emplace_back("Log Committed", generations_text(0, h.gen_max_committed));
  fields.emplace_back("Gen. Max. Com. Creation Time", to_text(h.gen_max_committed_time));
  fields.emplace_back("Log Consistent",
                      fmt::format("{} [Pre-Redo: {}]", decimal_and_hex(h.gen_min_consistent),
                                  decimal_and_hex(h.gen_pre_redo_min_consistent)));
  fields.emplace_back("Log Recovering", decimal_and_hex(h.gen_recovering));
  fields.emplace_back("Shadowed", (h.flags & 1) != 0 ? "No" : "Yes");
}

void add_history(Fields& fields, const DatabaseHeader& h) {
  const auto at = [](const LgPos& position, const LogTime& time) {
    return to_text(position) + "  " + to_text(time);
  };
  fields.emplace_back("Last Objid", fmt::format("{}", h.objid_last.value()));
  fields.emplace_back("Scrub Dbtime", decimal_and_hex(h.scrub_dbtime));
  fields.emplace_back("Scrub Date", to_text(h.scrub_time));
  fields.emplace_back("Repair Count", fmt::format("{}", h.repair_count.value()));
  fields.emplace_back("Repair Date", to_text(h.repair_time));
  fields.emplace_back("Old Repair Count", fmt::format("{}", h.repair_count_old.value()));
  fields.emplace_back("Last Consistent", at(h.consistent, h.consistent_time));
  fields.emplace_back("Last Attach", at(h.attach, h.attach_time));
  fields.emplace_back("Last Detach", at(h.detach, h.detach_time));
  fields.emplace_back("Last ReAttach", at(h.reattach, h.reattach_time));
  fields.emplace_back("Dbid", fmt::format("{}", h.dbid.value()));
  fields.emplace_back("Log Signature", to_text(h.log_signature));
  fields.emplace_back(
      "OS Version", fmt::format("({}.{}.{} SP {} NLS {:x}.{:x})", h.os_major.value(),
                                h.os_minor.value(), h.os_build.value(), h.os_service_pack.value(),
                                h.sort_version.value() >> 32, h.sort_version.value() & 0xFFFFFFFF));
}

void add_reseed(Fields& fields, const DatabaseHeader& h) {
  const Counted& reseed = h.incremental_reseed;
  const Counted& patch = h.page_patch;
  if (reseed.count == 0 && reseed.count_old == 0 && patch.count == 0 && patch.count_old == 0)
    return;
  fields.emplace_back("Reseed Count", fmt::format("{}", reseed.count.value()));
  fields.emplace_back("Reseed Date", to_text(reseed.time));
  fields.emplace_back("Old Reseed Count", fmt::format("{}", reseed.count_old.value()));
  fields.emplace_back("Patch Count", fmt::format("{}", patch.count.value()));
  fields.emplace_back("Patch Date", to_text(patch.time));
  fields.emplace_back("Old Patch Count", fmt::format("{}", patch.count_old.value()));
}

void add_backups(Fields& fields, const DatabaseHeader& h) {
  add_backup(fields, "Previous Full Backup", h.full_previous, h.full_previous_type);
  add_backup(fields, "Previous Incremental Backup", h.incremental_previous,
             h.incremental_previous_type);
  add_backup(fields, "Previous Copy Backup", h.copy_previous, h.copy_previous_type);
  add_backup(fields, "Previous Differential Backup", h.differential_previous,
             h.differential_previous_type);
  add_backup(fields, "Current Full Backup", h.full_current);
  add_backup(fields, "Current Shadow copy backup", h.snapshot_current);
}

void add_size_changes(Fields& fields, const DatabaseHeader& h) {
  const auto number = [](std::uint32_t value) { return fmt::format("{}", value); };
  fields.emplace_back("cpgUpgrade55Format", number(h.upgrade_pages_55_format));
  fields.emplace_back("cpgUpgradeFreePages", number(h.upgrade_pages_free));
  fields.emplace_back("cpgUpgradeSpaceMapPages", number(h.upgrade_pages_space_map));
  std::string note;
  if (h.last_resize == h.attach)
    note = "  (Matches \"Last Attach\", no subsequent resize)";
  else if (h.last_resize == h.consistent)
    note = "  (Matches \"Last Consistent\", no subsequent resize)";
  fields.emplace_back("Last Resize", to_text(h.last_resize) + note);
  fields.emplace_back("Extend Count", number(h.extend_count));
  fields.emplace_back("Extend Date", to_text(h.extend_time));
  fields.emplace_back("Shrink Count", number(h.shrink_count));
  fields.emplace_back("Shrink Date", to_text(h.shrink_time));
  fields.emplace_back("Trim Count", number(h.trim_count));
}

void add_health(Fields& fields, const DatabaseHeader& h) {
  add_counted(fields, "ECC Fix Success Count", "Last ECC Fix Success Date",
              "Old ECC Fix Success Count", h.ecc_fix_success);
  add_counted(fields, "ECC Fix Error Count", "Last ECC Fix Error Date", "Old ECC Fix Error Count",
              h.ecc_fix_fail);
  add_counted(fields, "Bad Checksum Error Count", "Last Bad Checksum Error Date",
              "Old bad Checksum Error Count", h.bad_checksum);
  fields.emplace_back("Last Database Maintenance Finish Date", to_text(h.scan_previous_time));
  fields.emplace_back("Current Database Maintenance Start Date", to_text(h.scan_start_time));
  fields.emplace_back("Highest Continuous Database Maintenance Page",
                      fmt::format("{}", h.scan_highest_continuous.value()));
  fields.emplace_back("Highest Database Maintenance Page",
                      fmt::format("{}", h.scan_highest.value()));
  fields.emplace_back("Database Header Flush Signature", to_text(h.db_header_flush));
  fields.emplace_back("Flush Map Header Flush Signature", to_text(h.flush_map_header_flush));
  fields.emplace_back("RBS Header Flush Signature", to_text(h.rbs_header_flush));
}

void add_revert(Fields& fields, const DatabaseHeader& h) {
  if (h.revert_count == 0 && h.revert_pages == 0) return;
  fields.emplace_back("Revert Count", fmt::format("{}", h.revert_count.value()));
  fields.emplace_back("Revert From Date", to_text(h.revert_from_time));
  fields.emplace_back("Revert To Date", to_text(h.revert_to_time));
  fields.emplace_back("Revert Page Count", fmt::format("{}", h.revert_pages.value()));
  fields.emplace_back("Last Commit Before Revert", to_text(h.commit_before_revert));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe(const DatabaseHeader& header) {
  Fields fields;
  add_identity(fields, header);
  add_log_range(fields, header);
  add_history(fields, header);
  add_reseed(fields, header);
  add_backups(fields, header);
  add_size_changes(fields, header);
  add_health(fields, header);
  add_revert(fields, header);
  return fields;
}

}  // namespace tintype
