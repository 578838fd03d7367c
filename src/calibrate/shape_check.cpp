#include "calibrate/shape_check.h"

namespace quoin {

ShapeCheck::ShapeCheck(const Graph& graph, const std::vector<std::string>& names, size_t batch)
    : names_(names), batch_(batch) {
  const auto state = [&](const Value* value) {
    if (value && value->has_rank()) stated_.emplace(value->name(), value->dims());
  };
  for (const Value* input : graph.inputs()) state(input);
  for (const std::string& name : names_) state(graph.find_value(name));
}

void ShapeCheck::see(const Sample& sample, const std::vector<const Tensor*>& values) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, int64_t> sizes;  // of dimensions with a name, in this sample
  for (const auto& [name, tensor] : sample.inputs) see_one(name, tensor.shape(), sizes);
  for (size_t i = 0; i < names_.size(); ++i) see_one(names_[i], values[i]->shape(), sizes);
}

void ShapeCheck::see_one(const std::string& name, const Shape& shape, std::map<std::string, int64_t>& sizes) {
  const auto stated = stated_.find(name);
  if (stated == stated_.end()) return;
  const std::vector<Dim>& dims = stated->second;
  if (dims.size() != shape.size()) {
    result_.values.insert(name);
    return;
  }
  for (size_t axis = batch_ > 1 ? 1 : 0; axis < dims.size(); ++axis) {
    const Dim& dim = dims[axis];
    if (dim.known() && dim.value != shape[axis]) result_.values.insert(name);
    if (dim.known() || dim.name.empty()) continue;
    const auto [size, first] = sizes.emplace(dim.name, shape[axis]);
    if (!first && size->second != shape[axis]) result_.dims.insert(dim.name);
  }
}

FalseShapes ShapeCheck::result() const {
  const std::lock_guard lock(mutex_);
  return result_;
}

}  // namespace quoin
