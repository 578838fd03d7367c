#include "cli/list_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "quoin/error.h"
#include "quoin/patterns.h"
#include "quoin/tune.h"

namespace quoin::cli {
namespace {

constexpr size_t kDeepest = 100;

// The lists of a pattern file over those of a target.
class Lists {
 public:
  Lists(const PatternFile& file, const Target& target) : file_(file), target_(target) {}

  // Null where there is none. A list that extends its own name extends the target's.
  const PatternList* find(std::string_view name) {
    if (const auto made = made_.find(name); made != made_.end()) return &made->second;
    const bool open = std::find(open_.begin(), open_.end(), name) != open_.end();
    const auto spec =
        std::find_if(file_.lists.begin(), file_.lists.end(), [&](const ListSpec& one) { return one.name == name; });
    if (open || spec == file_.lists.end()) {
      for (const auto& [other, list] : lists_of(target_)) {
        if (other == name) return list;
      }
      return nullptr;
    }
    if (open_.size() == kDeepest) {
      throw Error(ErrorCode::kBadInput, fmt::format("lists extend each other more than {} deep", kDeepest),
                  "name the patterns in fewer lists", spec->place.text());
    }
    open_.emplace_back(name);
    PatternList list = quoin::resolve_list(*spec, file_, [this](std::string_view other) { return find(other); });
    open_.pop_back();
    if (list.name.empty()) list.name = spec->name;
    return &made_.emplace(spec->name, std::move(list)).first->second;
  }

 private:
  const PatternFile& file_;
  const Target& target_;
  std::map<std::string, PatternList, std::less<>> made_;
  std::vector<std::string> open_;
};

std::vector<std::string> list_names(const PatternFile& file) {
  std::vector<std::string> names;
  for (const ListSpec& spec : file.lists) names.push_back(spec.name);
  return names;
}

PatternList list_of_file(const std::string& path, std::string name, const Target& target) {
  const PatternFile file = load_pattern_file(path);
  std::vector<std::string> names = list_names(file);
  if (name.empty()) {
    if (names.size() != 1) {
      throw Error(ErrorCode::kUsage,
                  names.empty() ? "the file has no [list]"
                                : fmt::format("the file has {} lists: {}", names.size(), fmt::join(names, ", ")),
                  names.empty()
                      ? "add to it: [list], name = \"mine\", extends = \"smart\", insert_before = { YourPattern = "
                        "\"ConvBNReLU\" } (docs/patterns.md)"
                      : "choose one with --list NAME",
                  path);
    }
    name = names[0];
  }
  Lists lists(file, target);
  if (const PatternList* found = lists.find(name)) return *found;
  for (const auto& [other, list] : lists_of(target)) names.push_back(other);
  throw Error(
      ErrorCode::kUsage,
      fmt::format("neither the file nor target {} has a list '{}'{}", target.name, name, did_you_mean(name, names)),
      fmt::format("the lists are: {}", fmt::join(names, ", ")), path);
}

}  // namespace

void add_list_options(CLI::App& verb, ListOptions& options) {
  verb.add_option("--list", options.list,
                  "a list of --patterns, a list of the target (smart, blanket), or a TOML file; default smart");
  verb.add_option("--patterns", options.patterns, "a TOML file with patterns and lists of your own");
  verb.add_option("--target", options.target, "whose lists are meant (quoin targets), or a TOML file")
      ->capture_default_str();
}

std::vector<std::pair<std::string, const PatternList*>> lists_of(const Target& target) {
  std::vector<std::pair<std::string, const PatternList*>> lists;
  if (!target.smart.empty()) lists.emplace_back("smart", &target.smart);
  if (!target.blanket.empty()) lists.emplace_back("blanket", &target.blanket);
  for (const auto& [name, list] : target.lists) {
    if (name != "smart" && name != "blanket") lists.emplace_back(name, &list);
  }
  return lists;
}

PatternList resolve_list(const std::string& list, const std::string& patterns, const Target& target) {
  if (!patterns.empty()) return list_of_file(patterns, list, target);
  if (list.ends_with(".toml")) return list_of_file(list, "", target);
  // Of which plans of tune may be.
  if (list == kWideList && !target.lists.contains(list)) return wide_list(target);
  return target.list(list.empty() ? "smart" : list);
}

std::vector<PatternList> further_lists(std::vector<std::string> names, const std::string& patterns,
                                       const Target& target) {
  if (names.empty() && !patterns.empty()) names = {""};
  std::vector<PatternList> lists;
  for (const std::string& name : names) {
    // These two have their rows already.
    if (patterns.empty() && (name == "smart" || name == "blanket")) continue;
    PatternList list = resolve_list(name, patterns, target);
    if (list.name == "smart" || list.name == "blanket") list.name += " of " + (patterns.empty() ? name : patterns);
    lists.push_back(std::move(list));
  }
  return lists;
}

std::vector<PatternList> resolve_lists(const PatternFile& file, const Target& target) {
  Lists lists(file, target);
  std::vector<PatternList> resolved;
  for (const ListSpec& spec : file.lists) resolved.push_back(*lists.find(spec.name));
  return resolved;
}

}  // namespace quoin::cli
