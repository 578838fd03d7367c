#include <fmt/format.h>
#include <fmt/ranges.h>

#include "quoin/graph.h"

namespace quoin {
namespace {

const Value* at(const std::vector<Value*>& values, int index) {
  return index >= 0 && index < static_cast<int>(values.size()) ? values[static_cast<size_t>(index)] : nullptr;
}

std::string shown(int64_t value) { return std::to_string(value); }
std::string shown(float value) { return fmt::format("{}", value); }
std::string shown(const std::string& value) { return "'" + value + "'"; }
std::string shown(const std::vector<int64_t>& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

template <typename T>
T attribute_or(const Attributes& attributes, std::string_view name, T fallback) {
  const auto found = attributes.find(name);
  const T* value = found == attributes.end() ? nullptr : std::get_if<T>(&found->second);
  if (ReadLog::active())
    ReadLog::note(fmt::format("{} is {}{}", name, shown(value ? *value : fallback), value ? "" : " (default)"));
  return value ? *value : std::move(fallback);
}

std::vector<Graph*> graphs_among(const Attributes& attributes) {
  std::vector<Graph*> graphs;
  for (const auto& [name, attribute] : attributes) {
    if (const auto* graph = std::get_if<std::shared_ptr<Graph>>(&attribute)) {
      if (*graph) graphs.push_back(graph->get());
    } else if (const auto* list = std::get_if<std::vector<std::shared_ptr<Graph>>>(&attribute)) {
      for (const auto& each : *list) {
        if (each) graphs.push_back(each.get());
      }
    }
  }
  return graphs;
}

}  // namespace

std::string Node::label() const {
  if (!name_.empty()) return name_;
  for (const Value* output : outputs_) {
    if (output) return op_ + "@" + output->name();
  }
  return op_;
}

bool Node::is(std::string_view op) const { return is(op, ""); }

bool Node::is(std::string_view op, std::string_view domain) const {
  if (ReadLog::active()) {
    ReadLog::note(fmt::format("op of '{}' is {}{}{}", label(), domain_, domain_.empty() ? "" : ".", op_));
  }
  return op_ == op && domain_ == domain;
}

const Value& Node::input(int index) const {
  const Value* value = at(inputs_, index);
  return value ? *value : missing();
}

const Value& Node::output(int index) const {
  const Value* value = at(outputs_, index);
  return value ? *value : missing();
}

const Value& Node::missing() {
  static const Value value = [] {
    Value stand_in;
    stand_in.exists_ = false;
    return stand_in;
  }();
  return value;
}

std::vector<Graph*> Node::subgraphs() { return graphs_among(attributes_); }

std::vector<const Graph*> Node::subgraphs() const {
  const std::vector<Graph*> graphs = graphs_among(attributes_);
  return {graphs.begin(), graphs.end()};
}

bool Node::has_attribute(std::string_view name) const {
  const bool has = attributes_.find(name) != attributes_.end();
  if (ReadLog::active()) ReadLog::note(fmt::format("{} is {}", name, has ? "given" : "not given"));
  return has;
}

int64_t Node::attribute(std::string_view name, int64_t fallback) const {
  return attribute_or(attributes_, name, fallback);
}

float Node::attribute(std::string_view name, float fallback) const { return attribute_or(attributes_, name, fallback); }

std::string Node::attribute(std::string_view name, const char* fallback) const {
  return attribute_or(attributes_, name, std::string(fallback));
}

std::vector<int64_t> Node::attribute(std::string_view name, std::vector<int64_t> fallback) const {
  return attribute_or(attributes_, name, std::move(fallback));
}

}  // namespace quoin
