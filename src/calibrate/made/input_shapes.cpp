// Shapes that a person gives, and how shapes are told.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/made_inputs.h"

namespace quoin {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& remedy) {
  throw Error(ErrorCode::kUsage, what, remedy, "--shape");
}

}  // namespace

InputShape parse_input_shape(const std::string& text) {
  const auto fail = [&] { refuse(fmt::format("'{}' is no shape of an input", text), "write NAME=1x3x224x224"); };
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) fail();
  InputShape made{text.substr(0, equals), {}};
  std::string_view rest = std::string_view(text).substr(equals + 1);
  int64_t elements = 1;
  while (true) {
    const std::string_view digits = rest.substr(0, rest.find('x'));
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < 1) fail();
    constexpr int64_t kMostElements = int64_t{1} << 32;
    if (value > kMostElements / elements)
      refuse(fmt::format("'{}' has more than {} elements", text, kMostElements), "give the shape of one run's input");
    elements *= value;
    made.shape.push_back(value);
    if (digits.size() == rest.size()) break;
    rest.remove_prefix(digits.size() + 1);
  }
  return made;
}

Graph with_input_shapes(const Graph& model, const std::vector<InputShape>& shapes) {
  Graph shaped = model.clone();
  std::vector<std::string> given;
  for (const auto& [name, shape] : shapes) {
    if (std::find(given.begin(), given.end(), name) != given.end())
      refuse(fmt::format("two shapes are given for input '{}'", name), "give one");
    given.push_back(name);
    Value* input = shaped.find_value(name);
    if (!input || !input->is_graph_input() || input->is_initializer()) {
      std::vector<std::string> names;
      for (const Value* value : model.required_inputs()) names.push_back(value->name());
      refuse(fmt::format("the model has no input '{}'{}", name, did_you_mean(name, names)),
             fmt::format("its inputs are: {}", fmt::join(names, ", ")));
    }
    std::vector<Dim> dims;
    for (const int64_t dim : shape) dims.push_back({dim, ""});
    if (input->has_rank() && input->dims().size() != dims.size()) {
      refuse(fmt::format("input '{}' has {} dimensions, not {}", name, input->dims().size(), dims.size()),
             "give every dimension");
    }
    for (size_t axis = 0; input->has_rank() && axis < dims.size(); ++axis) {
      const Dim& own = input->dims()[axis];
      if (!own.known() || own.value == shape[axis]) continue;
      refuse(fmt::format("dimension {} of input '{}' is {} in the model, not {}", axis, name, own.value, shape[axis]),
             "only sizes that the model leaves open can be chosen");
    }
    Edit(shaped).set_type(*input, input->type(), dims);
  }
  return shaped;
}

Graph with_node_names(const Graph& model) {
  Graph named = model.clone();
  Edit edit(named);
  for (Node* node : named.nodes()) {
    if (node->name().empty()) edit.set_node_name(*node, edit.unique_node_name(node->label()));
  }
  return named;
}

std::string shapes_text(const NamedTensors& feeds) {
  std::vector<std::string> parts;
  for (const auto& [name, tensor] : feeds)
    parts.push_back(tensor.shape().empty() ? name + " (a single number)"
                                           : fmt::format("{} {}", name, fmt::join(tensor.shape(), "x")));
  return parts.empty() ? "nothing" : fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace quoin
