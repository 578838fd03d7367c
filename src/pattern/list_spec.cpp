#include <fmt/format.h>

#include <algorithm>

#include "quoin/error.h"
#include "quoin/pattern_toml.h"

namespace quoin {
namespace {

constexpr size_t kMostPatterns = 2000;  // ten times what all built-in ones are

class ListResolver {
 public:
  ListResolver(const ListSpec& spec, const PatternLookup& lookup, const std::vector<std::string>& known)
      : spec_(spec), lookup_(lookup), known_(known) {}

  PatternList resolve(const ListLookup& lists) {
    if (!spec_.extends.empty()) {
      const PatternList* base = lists ? lists(spec_.extends) : nullptr;
      if (!base) fail(fmt::format("there is no list '{}' to extend", spec_.extends));
      patterns_ = base->conversions();
      patterns_.insert(patterns_.end(), base->fusions().begin(), base->fusions().end());
    }
    for (const std::string& name : spec_.without) patterns_.erase(position(name, "'without' names"));
    for (const std::string& name : spec_.conversions) append(name, PatternKind::kConversion);
    for (const std::string& name : spec_.fusions) append(name, PatternKind::kFusion);
    for (const auto& [name, before] : spec_.insert_before) {
      PatternRef pattern = found(name);
      const auto place = position(before, "'insert_before' names");
      if ((*place)->kind() != pattern->kind()) {
        fail(fmt::format("'{}' is a {} and '{}' a {}: their order means nothing", name, kind_name(*pattern), before,
                         kind_name(**place)));
      }
      refuse_twice(*pattern);
      patterns_.insert(place, std::move(pattern));
    }
    PatternList list;
    list.name = spec_.name;
    for (PatternRef& pattern : patterns_) list.add(std::move(pattern));
    return list;
  }

 private:
  [[noreturn]] void fail(const std::string& message, const std::string& remedy = "") const {
    throw Error(ErrorCode::kBadInput, fmt::format("list '{}': {}", spec_.name, message), remedy, spec_.place.text());
  }

  static std::string_view kind_name(const Pattern& pattern) {
    return pattern.kind() == PatternKind::kConversion ? "conversion" : "fusion";
  }

  PatternRef found(const std::string& name) const {
    PatternRef pattern = lookup_(name);
    if (!pattern)
      fail(fmt::format("there is no pattern '{}'{}", name, did_you_mean(name, known_)), "see `quoin patterns list`");
    return pattern;
  }

  void refuse_twice(const Pattern& pattern) const {
    if (patterns_.size() == kMostPatterns) fail(fmt::format("it has more than {} patterns", kMostPatterns));
    for (const PatternRef& other : patterns_) {
      if (other->name() == pattern.name())
        fail(fmt::format("pattern '{}' is in the list twice", pattern.name()), "leave one of them out");
    }
  }

  void append(const std::string& name, PatternKind kind) {
    PatternRef pattern = found(name);
    if (pattern->kind() != kind) {
      fail(fmt::format("'{}' is a {}", name, kind_name(*pattern)),
           fmt::format("list it under {}s", kind_name(*pattern)));
    }
    refuse_twice(*pattern);
    patterns_.push_back(std::move(pattern));
  }

  std::vector<PatternRef>::iterator position(const std::string& name, std::string_view who) {
    const auto place = std::find_if(patterns_.begin(), patterns_.end(),
                                    [&](const PatternRef& pattern) { return pattern->name() == name; });
    if (place != patterns_.end()) return place;
    std::vector<std::string> names;
    for (const PatternRef& pattern : patterns_) names.push_back(pattern->name());
    fail(fmt::format("{} '{}', which the list does not have{}", who, name, did_you_mean(name, names)));
  }

  const ListSpec& spec_;
  const PatternLookup& lookup_;
  const std::vector<std::string>& known_;
  std::vector<PatternRef> patterns_;
};

}  // namespace

PatternList resolve_list(const ListSpec& spec, const PatternLookup& pattern, const ListLookup& list,
                         const std::vector<std::string>& known) {
  return ListResolver(spec, pattern, known).resolve(list);
}

}  // namespace quoin
