#include "calibrate/sample_binder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "quoin/error.h"

namespace quoin {
namespace {

std::string wanted_text(const std::vector<Dim>& dims) {
  std::vector<std::string> parts;
  for (const Dim& dim : dims)
    parts.push_back(dim.known() ? std::to_string(dim.value) : dim.name.empty() ? "?" : dim.name);
  return dims.empty() ? "a single number" : fmt::format("{}", fmt::join(parts, "x"));
}

std::string shape_text(const Shape& shape) {
  return shape.empty() ? "a single number" : fmt::format("{}", fmt::join(shape, "x"));
}

// "#2", and "arr_2" as numpy.savez names an array that was given without a name.
std::optional<size_t> position_of(std::string_view name) {
  for (const std::string_view prefix : {"#", "arr_"}) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view digits = name.substr(prefix.size());
    size_t position = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
    if (error == std::errc() && end == digits.data() + digits.size()) return position;
  }
  return std::nullopt;
}

bool fits(const Shape& shape, const std::vector<Dim>& dims) {
  if (shape.size() != dims.size()) return false;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    const bool one_of_a_batch = axis == 0 && shape[0] == 1 && dims[0].value > 1;
    if (dims[axis].known() && dims[axis].value != shape[axis] && !one_of_a_batch) return false;
  }
  return true;
}

}  // namespace

SampleBinder::SampleBinder(const Graph& graph, std::string origin) : origin_(std::move(origin)) {
  for (const Value* value : graph.inputs()) {
    inputs_.push_back({value->name(), value->type(), value->has_rank(), value->dims(), !value->is_initializer()});
  }
}

size_t SampleBinder::resolve(const std::string& name, size_t index) const {
  const auto found =
      std::find_if(inputs_.begin(), inputs_.end(), [&](const Input& input) { return input.name == name; });
  if (found != inputs_.end()) return static_cast<size_t>(found - inputs_.begin());
  std::vector<std::string> names;
  std::vector<size_t> required;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].required) continue;
    names.push_back(inputs_[i].name);
    required.push_back(i);
  }
  if (name.empty()) {
    if (required.size() == 1) return required[0];
    throw Error(ErrorCode::kBadInput,
                fmt::format("the data is one array without a name, the model has {} inputs: {}", required.size(),
                            fmt::join(names, ", ")),
                "use a .npz with an array named as each input", origin_);
  }
  if (const std::optional<size_t> position = position_of(name)) {
    if (*position < required.size()) return required[*position];
    throw Error(
        ErrorCode::kBadInput,
        fmt::format("the data has an input number {} (counted from 0), the model has {}", *position, required.size()),
        "feed as many inputs as the model has", origin_);
  }
  throw Error(
      ErrorCode::kBadInput,
      fmt::format("sample {} has '{}', which is not an input of the model{}", index, name, did_you_mean(name, names)),
      fmt::format("the model's inputs are: {}", fmt::join(names, ", ")), origin_);
}

Tensor SampleBinder::fit(const Input& input, Tensor tensor, size_t index) const {
  if (input.has_rank && tensor.shape().size() == input.dims.size() + 1 && tensor.shape()[0] == 1) {
    tensor = tensor.reshaped(Shape(tensor.shape().begin() + 1, tensor.shape().end()));
  }
  if (input.has_rank && !fits(tensor.shape(), input.dims)) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("input '{}' of sample {} is {}, the model wants {}", input.name, index,
                            shape_text(tensor.shape()), wanted_text(input.dims)),
                "give the data the model's shape, samples along the first axis", origin_);
  }
  if (input.type == DataType::kUndefined || tensor.type() == input.type) return tensor;
  const auto fail = [&](std::string_view why) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("input '{}' of sample {} is {}, the model wants {}{}", input.name, index,
                            to_string(tensor.type()), to_string(input.type), why),
                fmt::format("save the array as {}", to_string(input.type)), origin_);
  };
  if (!is_number(tensor.type()) || !is_number(input.type)) fail("");
  Conversion conversion = convert_exactly(tensor, input.type);
  if (conversion.lossy_at) {
    const size_t at = *conversion.lossy_at;
    fail(fmt::format(", and value {} ({}) would change", at, tensor.to_doubles().at(at)));
  }
  return std::move(conversion.tensor);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): its tensors are moved out of it
Sample SampleBinder::bind(Sample sample, size_t index) const {
  std::vector<std::optional<Tensor>> fed(inputs_.size());
  for (auto& [name, tensor] : sample.inputs) {
    const size_t position = resolve(name, index);
    if (fed[position]) {
      throw Error(ErrorCode::kBadInput, fmt::format("sample {} has input '{}' twice", index, inputs_[position].name),
                  "name each input once", origin_);
    }
    fed[position] = fit(inputs_[position], std::move(tensor), index);
  }
  Sample bound;
  bound.label = sample.label;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (fed[i]) {
      bound.inputs.emplace_back(inputs_[i].name, std::move(*fed[i]));
    } else if (inputs_[i].required) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("sample {} has nothing for the model's input '{}'", index, inputs_[i].name),
                  "add an array of this name", origin_);
    }
  }
  return bound;
}

}  // namespace quoin
