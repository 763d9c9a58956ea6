// The parser's events, put together to records. (This and manifest_write.cc are the only files of
// the room that include nlohmann/json: it costs six seconds of compile time each.)
#include "engine/manifest/json_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/manifest/json_limits.h"

namespace tintype {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMembersMax = 200;  // of one object: a bound, not a goal
constexpr std::string_view kHint = "damaged, or not written by tintype";

// Gets what the parser finds, and answers whether it may go on.
class Builder : public nlohmann::json_sax<Json> {
 public:
  using Kind = JsonValue::Kind;

  Builder(std::string_view path, std::span<const std::string_view> patterns,
          const std::function<void(JsonRecord&)>& take, JsonFault& fault)
      : path_(path), patterns_(patterns), take_(take), fault_(fault) {}

  bool null() override { return value({}); }
  bool boolean(bool value) override {
    return this->value({.kind = Kind::boolean, .boolean = value});
  }
  bool number_integer(number_integer_t value) override {
    return this->value({.kind = Kind::negative, .negative = value});
  }
  bool number_unsigned(number_unsigned_t value) override {
    return this->value({.kind = Kind::whole, .whole = value});
  }
  bool number_float(number_float_t, const string_t&) override {
    return value({.kind = Kind::real});
  }
  bool string(string_t& value) override {
    return this->value({.kind = Kind::text, .text = std::move(value)});
  }
  bool binary(binary_t&) override { return false; }  // JSON has none
  bool key(string_t& value) override {
    key_ = std::move(value);
    return true;
  }
  bool start_object(std::size_t) override { return start(Kind::object); }
  bool end_object() override {
    Level& level = levels_.back();
    if (level.known) take_(level.record);
    levels_.pop_back();
    return !fault_.is_set();
  }
  bool start_array(std::size_t) override { return start(Kind::list); }
  bool end_array() override {
    levels_.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    // The parser's own text shows bytes of the file: the place tells as much.
    if (!fault_.is_set())
      fault_.set("", fmt::format("is not a JSON object: it cannot be read at byte {}", position));
    return false;
  }

 private:
  struct Level {
    bool is_list = false, known = false;  // known: the object, or the objects in the list, are read
    std::string pattern, where;
    std::size_t count = 0;  // elements so far
    JsonRecord record;      // of an object
  };

  [[nodiscard]] bool is_known(std::string_view pattern) const {
    return std::ranges::find(patterns_, pattern) != patterns_.end();
  }
  static std::string under(const std::string& parent, const std::string& key) {
    return parent.empty() ? key : fmt::format("{}.{}", parent, key);
  }
  bool fail(std::string_view member, std::string_view why) {
    fault_.set(member, why);
    return false;
  }

  // A value stands where the parser is: a scalar, or a list or an object begins.
  bool value(JsonValue&& value) {
    if (levels_.empty()) return value.kind == Kind::object || fail("", "is not a JSON object");
    Level& level = levels_.back();
    if (level.is_list) {
      const std::size_t index = level.count++;
      return !level.known || value.kind == Kind::object ||
             fail(fmt::format("{}[{}]", level.where, index), "is not an object");
    }
    const std::string pattern = under(level.pattern, key_);
    if (level.known && value.kind != Kind::list && is_known(pattern + "[]"))
      return fail(under(level.where, key_), "is not a list");
    if (level.known && value.kind != Kind::object && is_known(pattern))
      return fail(under(level.where, key_), "is not an object");
    if (level.record.add(key_, std::move(value))) return true;
    return fail(under(level.where, key_),
                level.record.has(key_) ? "is there twice" : "is one member too many");
  }

  bool start(Kind kind) {
    if (!value({.kind = kind})) return false;
    std::string pattern, where;
    bool parent_known = true;
    if (!levels_.empty()) {
      const Level& parent = levels_.back();
      parent_known = parent.known;
      pattern = parent.is_list ? parent.pattern : under(parent.pattern, key_);
      where = parent.is_list ? fmt::format("{}[{}]", parent.where, parent.count - 1)
                             : under(parent.where, key_);
      if (kind == Kind::list) pattern += "[]";
    }
    const auto found = std::ranges::find(patterns_, std::string_view(pattern));
    const bool known = parent_known && found != patterns_.end();
    JsonRecord record(known ? *found : std::string_view(), where, fault_);
    levels_.push_back({.is_list = kind == Kind::list,
                       .known = known,
                       .pattern = std::move(pattern),
                       .where = std::move(where),
                       .record = std::move(record)});
    return true;
  }

  std::string_view path_;
  std::span<const std::string_view> patterns_;
  const std::function<void(JsonRecord&)>& take_;
  JsonFault& fault_;
  std::vector<Level> levels_;
  std::string key_;
};

}  // namespace

void JsonFault::set(std::string_view member, std::string_view why) {
  if (error_) return;
  error_ = plain_error(member.empty() ? fmt::format("{} {}", path_, why)
                                      : fmt::format("{}: {} {}", path_, member, why),
                       std::string(kHint))
               .value();
}

bool JsonRecord::add(std::string key, JsonValue value) {
  if (has(key) || members_.size() == kMembersMax) return false;
  members_.emplace_back(std::move(key), std::move(value));
  return true;
}

const JsonValue* JsonRecord::find(std::string_view key) const noexcept {
  for (const auto& [name, value] : members_)
    if (name == key) return &value;
  return nullptr;
}

std::string JsonRecord::name_of(std::string_view member) const {
  if (where_.empty() || member.empty()) return where_ + std::string(member);
  return fmt::format("{}.{}", where_, member);
}

Result<void> read_json_records(std::string_view text, std::string_view path,
                               std::span<const std::string_view> patterns,
                               const std::function<void(JsonRecord&)>& take) {
  JsonFault fault(path);
  if (const std::string broken = json_limit_broken_in(text); !broken.empty()) fault.set("", broken);
  Builder builder(path, patterns, take, fault);
  if (!fault.is_set() && !Json::sax_parse(text, &builder) && !fault.is_set())
    fault.set("", "is not a JSON object");
  if (fault.is_set()) return tl::unexpected(fault.take());
  return {};
}

}  // namespace tintype
