#include "onnx/stated_types.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "onnx/proto.h"
#include "quoin/body.h"

namespace quoin {
namespace {

std::string shown(const std::vector<Dim>& dims) {
  std::vector<std::string> texts;
  for (const Dim& dim : dims) texts.push_back(dim.known() ? std::to_string(dim.value) : dim.name);
  return fmt::format("[{}]", fmt::join(texts, ","));
}

bool fits(const std::vector<Dim>& dims, const Shape& shape) {
  return std::equal(dims.begin(), dims.end(), shape.begin(), shape.end(),
                    [](const Dim& dim, int64_t size) { return !dim.known() || dim.value == size; });
}

}  // namespace

void refuse_wrong_types(const Graph& model, const std::string& where) {
  for (const ConstBody& body : bodies(model)) {
    for (const Value* value : body.graph->values()) {
      const Tensor* constant = value->constant();
      if (!constant || value->type() == DataType::kUndefined) continue;
      const bool right_type = value->type() == constant->type();
      if (right_type && (!value->has_rank() || fits(value->dims(), constant->shape()))) continue;
      refuse(fmt::format("'{}' is declared {}{}, but the constant is {}[{}]", value->name(), to_string(value->type()),
                         value->has_rank() ? shown(value->dims()) : "", to_string(constant->type()),
                         fmt::join(constant->shape(), ",")),
             "export the model again", where);
    }
  }
}

}  // namespace quoin
