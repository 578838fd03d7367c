#include "quoin/pattern.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "pattern/check_definition.h"
#include "pattern/replacement_program.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// "a::(anonymous namespace)::Foo<b::Bar>" -> "Foo<b::Bar>".
std::string without_namespaces(const std::string& name) {
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i + 1 < name.size(); ++i) {
    if (name[i] == '<' || name[i] == '(') ++depth;
    if (name[i] == '>' || name[i] == ')') --depth;
    if (depth == 0 && name[i] == ':' && name[i + 1] == ':') begin = i + 2;
  }
  return name.substr(begin);
}

}  // namespace

std::string Pattern::name() const {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(
      abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status), std::free);
  return without_namespaces(status == 0 ? demangled.get() : typeid(*this).name());
}

Matches Pattern::match(const Graph& graph) const { return match_tree(graph, *this); }

Replacement Pattern::replace(const Match& match) const { return replace_tree(match); }

PatternDef Pattern::definition() const {
  PatternDef def;
  def.name = name();
  def.why = why();
  def.kind = kind();
  def.tree = tree();
  def.where = where();
  def.qdq_points = qdq_points();
  def.precision = precision();
  if (def.kind == PatternKind::kFusion) {
    def.fuse = fuse();
  } else {
    def.replace = "native:" + def.name;
  }
  return def;
}

DefinedPattern::DefinedPattern(PatternDef def, const TextPlace& place) : def_(std::move(def)) {
  DefinitionPlaces places;
  places.pattern = places.replace = place;
  *this = DefinedPattern(std::move(def_), places);
}

DefinedPattern::DefinedPattern(PatternDef def, const DefinitionPlaces& places) : def_(std::move(def)) {
  if (def_.kind == PatternKind::kFusion && def_.fuse.empty()) def_.fuse = "Fused" + def_.name;
  check_definition(def_, places);
  if (def_.kind == PatternKind::kConversion) {
    program_ = std::make_shared<const ReplacementProgram>(parse_replacement(def_.replace, def_.tree, places.replace));
  }
}

Replacement DefinedPattern::replace(const Match& match) const {
  return program_ ? program_->run(match) : replace_tree(match);
}

}  // namespace quoin
