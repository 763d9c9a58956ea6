// Members of the manifest's structures under the names they have in JSON, for those that are all
// numbers or all texts: writer and reader go through the same table.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "engine/manifest/manifest.h"
#include "engine/manifest/truncation_journal.h"

namespace tintype {

inline constexpr std::pair<const char*, std::uint64_t PageCounts::*> kPageNumbers[] = {
    {"seen", &PageCounts::seen},
    {"sound", &PageCounts::sound},
    {"uninitialised", &PageCounts::uninitialised},
    {"correctable", &PageCounts::correctable},
    {"bad_checksum", &PageCounts::bad_checksum},
    {"wrong_place", &PageCounts::wrong_place},
    {"unreadable", &PageCounts::unreadable}};
inline constexpr std::pair<const char*, std::int64_t EseStreamReport::*> kStreamNumbers[] = {
    {"gen_lowest", &EseStreamReport::gen_lowest},
    {"gen_highest", &EseStreamReport::gen_highest},
    {"gen_last_closed", &EseStreamReport::gen_last_closed},
    {"gen_min_required", &EseStreamReport::gen_min_required},
    {"gen_max_required", &EseStreamReport::gen_max_required},
    {"gen_max_committed", &EseStreamReport::gen_max_committed},
    {"gen_checkpoint", &EseStreamReport::gen_checkpoint},
    {"gen_flush_map_min_required", &EseStreamReport::gen_flush_map_min_required}};
inline constexpr std::pair<const char*, std::string TruncationJournal::*> kJournalTexts[] = {
    {"state", &TruncationJournal::state},
    {"base", &TruncationJournal::base},
    {"volume", &TruncationJournal::volume},
    {"log_folder", &TruncationJournal::log_folder},
    {"log_signature", &TruncationJournal::log_signature},
    {"directory", &TruncationJournal::directory},
    {"time_utc", &TruncationJournal::time_utc}};
inline constexpr std::pair<const char*, std::string GateRecord::*> kGateTexts[] = {
    {"base", &GateRecord::base},
    {"volume", &GateRecord::volume},
    {"log_folder", &GateRecord::log_folder},
    {"limit", &GateRecord::limit},
    {"summary", &GateRecord::summary}};
inline constexpr std::pair<const char*, std::int64_t StreamDatabase::*> kDatabaseNumbers[] = {
    {"gen_min_required", &StreamDatabase::gen_min_required},
    {"gen_max_required", &StreamDatabase::gen_max_required},
    {"gen_max_committed", &StreamDatabase::gen_max_committed}};

}  // namespace tintype
