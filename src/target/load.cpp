// A target by name or file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/read_file.h"
#include "base/toml_nesting.h"
#include "quoin/error.h"
#include "target/builtin.h"
#include "target/parse.h"

namespace quoin {
namespace {

const BuiltinTarget* find_builtin(std::string_view name) {
  for (const BuiltinTarget& target : builtin_targets()) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

toml::table parse(std::string_view text, const std::string& file) {
  try {
    check_toml_nesting(text, file);
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    throw Error(ErrorCode::kBadInput, fmt::format("no TOML: {}", error.description()), "",
                to_string(TextPlace{file, static_cast<int>(begin.line), static_cast<int>(begin.column)}));
  }
}

Target load_text(std::string_view text, const std::string& file);

Target base_of(TomlTable& top) {
  const auto extends = top.text("extends");
  if (!extends) return {};
  const BuiltinTarget* base = find_builtin(*extends);
  if (!base) {
    const auto names = builtin_target_names();
    top.fail("extends", fmt::format("there is no built-in target '{}'{}", *extends, did_you_mean(*extends, names)),
             fmt::format("extend one of: {}", fmt::join(names, ", ")));
  }
  Target target = load_text(base->text, fmt::format("targets/{}.toml", base->name));
  target.bases.insert(target.bases.begin(), std::string(base->name));
  return target;
}

Target load_text(std::string_view text, const std::string& file) {
  const toml::table table = parse(text, file);
  TomlTable top(table, file, "");
  Target target = base_of(top);
  const bool extends = top.has("extends");
  target.name = top.required_text("name");
  target.summary = extends ? top.text("summary").value_or(target.summary) : top.required_text("summary");
  target.engine = top.text("engine").value_or(target.engine);
  read_types(top, target);
  read_layouts(top, target);
  read_precisions(top, target);
  read_floats(top, target);
  read_roles(top, target);
  read_lint(top, target);
  read_lists(top, text, file, target);
  top.finish();
  if (target.roles.empty()) {
    throw Error(ErrorCode::kBadInput, fmt::format("target '{}' has no [role.*] table", target.name),
                "say which Q/DQ points it wants, or extend a built-in target", file);
  }
  for (const auto* list : {&target.smart, &target.blanket}) {
    if (!list->empty()) continue;
    throw Error(ErrorCode::kBadInput,
                fmt::format("target '{}' has no [list.{}]", target.name, list == &target.smart ? "smart" : "blanket"),
                "every target says which patterns pay there, and which its runtime can run in integer", file);
  }
  return target;
}

}  // namespace

Target load_target(std::string_view name_or_file) {
  if (const BuiltinTarget* builtin = find_builtin(name_or_file)) {
    return load_text(builtin->text, fmt::format("targets/{}.toml", builtin->name));
  }
  if (name_or_file.ends_with(".toml")) {
    const std::string path(name_or_file);
    Target target =
        load_text(read_whole_file(path, "the target",
                                  fmt::format("give a file, or one of: {}", fmt::join(builtin_target_names(), ", "))),
                  path);
    target.file = path;
    return target;
  }
  const auto names = builtin_target_names();
  throw Error(ErrorCode::kUsage,
              fmt::format("there is no target '{}'{}", name_or_file, did_you_mean(name_or_file, names)),
              fmt::format("use one of: {}; or a file that ends in .toml", fmt::join(names, ", ")));
}

std::vector<std::string> builtin_target_names() {
  std::vector<std::string> names;
  for (const BuiltinTarget& target : builtin_targets()) names.emplace_back(target.name);
  return names;
}

std::string_view builtin_target_text(std::string_view name) {
  if (const BuiltinTarget* builtin = find_builtin(name)) return builtin->text;
  const auto names = builtin_target_names();
  throw Error(ErrorCode::kUsage, fmt::format("there is no built-in target '{}'{}", name, did_you_mean(name, names)),
              fmt::format("use one of: {}", fmt::join(names, ", ")));
}

}  // namespace quoin
