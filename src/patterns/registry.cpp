#include <algorithm>
#include <map>

#include "patterns/families.h"
#include "quoin/error.h"
#include "quoin/pattern_toml.h"
#include "quoin/patterns.h"

namespace quoin {
namespace {

using Family = std::vector<PatternDef> (*)();
constexpr Family kFamilies[] = {shape_conversions,   identity_conversions,   pool_conversions,
                                linear_conversions,  attention_conversions,  attention_operator_conversions,
                                norm_conversions,    activation_conversions, hard_activation_conversions,
                                scale_conversions,   affine_conversions,     layout_conversions,
                                conv_fusions,        gate_fusions,           head_fusions,
                                depthwise_fusions,   linear_fusions,         pool_fusions,
                                norm_fusions,        attention_fusions,      patch_fusions,
                                elementwise_fusions, product_fusions,        shape_fusions};

struct Registry {
  std::vector<PatternRef> patterns;
  std::map<std::string, PatternRef, std::less<>> by_name;

  Registry() {
    for (const Family family : kFamilies) {
      for (PatternDef& def : family()) {
        patterns.push_back(std::make_shared<const DefinedPattern>(std::move(def)));
        const bool fresh = by_name.emplace(patterns.back()->name(), patterns.back()).second;
        QUOIN_CHECK(fresh, "two built-in patterns are named " + patterns.back()->name());
      }
    }
  }
};

const Registry& registry() {
  static const Registry instance;
  return instance;
}

PatternDef definition_of(std::string_view name) { return builtin_pattern(name)->definition(); }

}  // namespace

const std::vector<PatternRef>& builtin_patterns() { return registry().patterns; }

std::vector<std::string> builtin_pattern_names() {
  std::vector<std::string> names;
  for (const PatternRef& pattern : builtin_patterns()) names.push_back(pattern->name());
  return names;
}

PatternRef find_builtin_pattern(std::string_view name) {
  const auto found = registry().by_name.find(name);
  return found == registry().by_name.end() ? nullptr : found->second;
}

PatternRef builtin_pattern(std::string_view name) {
  if (PatternRef pattern = find_builtin_pattern(name)) return pattern;
  throw Error(ErrorCode::kUsage,
              "there is no built-in pattern '" + std::string(name) + "'" +
                  did_you_mean(std::string(name), builtin_pattern_names()),
              "`quoin patterns list` shows them all");
}

Builtin::Builtin(std::string_view name) : DefinedPattern(definition_of(name)) {}

PatternList resolve_list(const ListSpec& spec, const PatternFile& file, const ListLookup& lists) {
  const auto own = [&](std::string_view name) {
    return std::find_if(file.patterns.begin(), file.patterns.end(),
                        [&](const PatternRef& p) { return p->name() == name; });
  };
  std::vector<std::string> known;
  for (const PatternRef& pattern : file.patterns) known.push_back(pattern->name());
  for (std::string& name : builtin_pattern_names()) known.push_back(std::move(name));
  const PatternLookup pattern = [&](std::string_view name) {
    const auto found = own(name);
    return found != file.patterns.end() ? *found : find_builtin_pattern(name);
  };
  return resolve_list(
      spec, pattern, lists ? lists : [](std::string_view) -> const PatternList* { return nullptr; }, known);
}

}  // namespace quoin
