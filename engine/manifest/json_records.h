// A JSON text as a stream of records: each object by itself, what is nested in it before it, with
// nothing kept behind. So a text costs its own bytes and those of the objects that are open,
// however long its lists are.
//
// Nothing in it is trusted: type and range of each member are looked at before it is used, and the
// error names it as jq would (`volumes[0].image`). Members that nobody asks for are ignored, one
// that is there twice is refused: two readers could take different ones. The first error counts;
// after it every member keeps its default.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "io/result.h"

namespace tintype {

// A member's value; of lists and objects only that they are one.
struct JsonValue {
  enum class Kind : std::uint8_t { null, boolean, whole, negative, real, text, list, object };
  Kind kind = Kind::null;
  bool boolean = false;
  std::uint64_t whole = 0;
  std::int64_t negative = 0;
  std::string text;
};

// The first thing that is wrong with a text, in one line.
class JsonFault {
 public:
  explicit JsonFault(std::string_view path) : path_(path) {}
  [[nodiscard]] bool is_set() const noexcept { return error_.has_value(); }
  [[nodiscard]] Error take() { return std::move(*error_); }
  void set(std::string_view member, std::string_view why);

 private:
  std::string_view path_;
  std::optional<Error> error_;
};

class JsonRecord {
 public:
  JsonRecord(std::string_view pattern, std::string where, JsonFault& fault)
      : pattern_(pattern), where_(std::move(where)), fault_(fault) {}

  // Where records like this one stand: "volumes[].databases[]"; "" is the whole text.
  [[nodiscard]] std::string_view pattern() const noexcept { return pattern_; }
  [[nodiscard]] bool failed() const noexcept { return fault_.is_set(); }
  [[nodiscard]] bool has(std::string_view key) const noexcept { return find(key) != nullptr; }
  // `member` "" is the record itself.
  void fail(std::string_view member, std::string_view why) { fault_.set(name_of(member), why); }

  // The member `key` into `value`, if it is there.
  template <class T>
  void get(std::string_view key, T& value) {
    const JsonValue* const found = find(key);
    if (found == nullptr) return;
    using Kind = JsonValue::Kind;
    if constexpr (std::is_same_v<T, bool>) {
      if (found->kind != Kind::boolean) return fail(key, "is not true or false");
      value = found->boolean;
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (found->kind != Kind::text) return fail(key, "is not a string");
      value = found->text;
    } else {
      static_assert(std::is_integral_v<T>);
      if (found->kind != Kind::whole && found->kind != Kind::negative)
        return fail(key, "is not a whole number");
      const bool fits = found->kind == Kind::whole ? std::in_range<T>(found->whole)
                                                   : std::in_range<T>(found->negative);
      if (!fits) return fail(key, "is out of range");
      value = found->kind == Kind::whole ? static_cast<T>(found->whole)
                                         : static_cast<T>(found->negative);
    }
  }
  template <class T>
  void need(std::string_view key, T& value) {
    if (!has(key)) return fail(key, "is missing");
    get(key, value);
  }

  // For who builds it. False: it is there already, or they are too many to be true.
  [[nodiscard]] bool add(std::string key, JsonValue value);

 private:
  [[nodiscard]] const JsonValue* find(std::string_view key) const noexcept;
  [[nodiscard]] std::string name_of(std::string_view member) const;

  std::string_view pattern_;
  std::string where_;
  JsonFault& fault_;
  std::vector<std::pair<std::string, JsonValue>> members_;
};

// Hands each object of `text` that stands at one of `patterns` to `take`, innermost first, those of
// a list in their order. At such places nothing else than an object (or a list of them) may stand.
// An error carries `path`.
[[nodiscard]] Result<void> read_json_records(std::string_view text, std::string_view path,
                                             std::span<const std::string_view> patterns,
                                             const std::function<void(JsonRecord&)>& take);

}  // namespace tintype
