// The functions of conditions, as a table: a new one is one entry.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pattern/expression.h"
#include "quoin/match.h"

namespace quoin {

struct Argument {
  std::string name;              // of the capture, or ""
  const Node* node = nullptr;    // where the capture is a node
  const Value* value = nullptr;  // the value, or the node's first output
  std::string attribute;         // exists(conv.pads)
  Datum datum;                   // of a number or text
};

enum class Parameter {
  kValue,               // a captured value, or a node for its first output
  kNode,                // a captured node
  kCaptureOrAttribute,  // exists(b), exists(conv.pads): may be absent
  kNumber,
  kText,
};

struct PredicateFunction {
  std::string_view name;
  std::vector<Parameter> parameters;
  size_t required;  // parameters from here on may be left out
  ExpressionType result;
  std::string_view doc;
  Outcome (*call)(const Match& match, const std::vector<Argument>& arguments);
};

const std::vector<PredicateFunction>& predicate_functions();

// The attribute of a node, or the default of its operator, as a datum.
Outcome attribute_of(const Node& node, std::string_view capture, std::string_view attribute);

}  // namespace quoin
