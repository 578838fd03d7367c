// The operators of ai.onnx with their attributes and defaults: for suggestions, and for attributes that a node leaves
// out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace quoin {

using AttributeDefault = std::variant<double, std::string>;

bool is_known_op(std::string_view op);
std::vector<std::string> known_ops();
// Names of the attributes of an operator of the default domain; empty optional for an operator that is not known.
std::optional<std::vector<std::string>> known_attributes(std::string_view op);
// What the newest opset gives an attribute that is left out.
std::optional<AttributeDefault> schema_default(std::string_view op, std::string_view attribute);

}  // namespace quoin
