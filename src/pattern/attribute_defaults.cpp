#include <fmt/format.h>

#include "pattern/constant_numbers.h"
#include "pattern/op_attributes.h"
#include "pattern/predicate_functions.h"

namespace quoin {
namespace {

std::vector<double> doubles(const std::vector<int64_t>& numbers) { return {numbers.begin(), numbers.end()}; }

Outcome given(const Attribute& attribute, const std::string& shown) {
  if (const auto* number = std::get_if<int64_t>(&attribute)) return Outcome::of(static_cast<double>(*number));
  if (const auto* number = std::get_if<float>(&attribute)) return Outcome::of(as_written(*number));
  if (const auto* text = std::get_if<std::string>(&attribute)) return Outcome::of(*text);
  if (const auto* numbers = std::get_if<std::vector<int64_t>>(&attribute)) return Outcome::of(doubles(*numbers));
  if (const auto* numbers = std::get_if<std::vector<float>>(&attribute)) {
    std::vector<double> written;
    for (const float number : *numbers) written.push_back(as_written(number));
    return Outcome::of(std::move(written));
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&attribute)) return Outcome::of(*texts);
  if (const auto* tensor = std::get_if<Tensor>(&attribute)) {
    std::optional<std::vector<double>> numbers = numbers_of(*tensor);
    if (numbers && tensor->rank() == 0) return Outcome::of(numbers->front());
    if (numbers) return Outcome::of(std::move(*numbers));
  }
  return Outcome::unknown(shown + " is no number, text or list");
}

// Spatial dimensions of a convolution or pooling node; -1 where unknown.
int spatial_rank(const Node& node) {
  for (const int input : {1, 0}) {
    const bool weight =
        input == 1 && (node.op() == "Conv" || node.op() == "ConvTranspose" || node.op() == "ConvInteger");
    if (input == 1 && !weight) continue;
    if (node.input(input).has_rank()) return node.input(input).rank() - 2;
  }
  return -1;
}

// Defaults whose length follows from the inputs.
Outcome spatial_default(const Node& node, std::string_view attribute, const std::string& shown) {
  const int rank = spatial_rank(node);
  if (rank < 0) return Outcome::unknown(shown + " is left out, and the rank of its input is unknown");
  if (attribute == "pads") return Outcome::of(std::vector<double>(static_cast<size_t>(rank) * 2, 0));
  if (attribute != "kernel_shape") return Outcome::of(std::vector<double>(static_cast<size_t>(rank), 1));
  std::vector<double> kernel;
  for (int i = 0; i < rank; ++i) {
    const int64_t dim = node.input(1).dim(i + 2);
    if (dim < 0) return Outcome::unknown(shown + " is left out, and the shape of the weight is unknown");
    kernel.push_back(static_cast<double>(dim));
  }
  return Outcome::of(std::move(kernel));
}

}  // namespace

Outcome attribute_of(const Node& node, std::string_view capture, std::string_view attribute) {
  const std::string shown = fmt::format("{}.{}", capture, attribute);
  const auto found = node.attributes().find(attribute);
  if (found != node.attributes().end()) return given(found->second, shown);
  const std::string op = node.domain().empty() ? node.op() : "";
  const bool is_pool = op == "MaxPool" || op == "AveragePool" || op == "LpPool";
  const bool is_conv = op == "Conv" || op == "ConvTranspose" || op == "ConvInteger";
  if ((is_conv || is_pool) && (attribute == "pads" || attribute == "strides" || attribute == "dilations")) {
    return spatial_default(node, attribute, shown);
  }
  if (is_conv && attribute == "kernel_shape") return spatial_default(node, attribute, shown);
  if ((op == "Softmax" || op == "LogSoftmax" || op == "Hardmax") && attribute == "axis") {
    return Outcome::of(node.graph().opset() < 13 ? 1.0 : -1.0);
  }
  if (op == "Transpose" && attribute == "perm" && node.input(0).has_rank()) {
    std::vector<double> reversed;
    for (int axis = node.input(0).rank() - 1; axis >= 0; --axis) reversed.push_back(axis);
    return Outcome::of(std::move(reversed));
  }
  const std::optional<AttributeDefault> value = schema_default(op, attribute);
  if (!value) return Outcome::unknown(shown + " is left out, and has no default");
  if (const double* number = std::get_if<double>(&*value)) return Outcome::of(*number);
  return Outcome::of(std::get<std::string>(*value));
}

}  // namespace quoin
