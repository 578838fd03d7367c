// What ONNX Runtime's change of layout breaks: integer convolutions run with channels last, and the transposes between
// two of them are moved through what stands there.
#include <fmt/format.h>

#include <set>

#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

// Ops that it moves a transpose through, tried one by one between a convolution and a Pad with axes. Others keep it in
// front of themselves. Q and DQ belong to them.
const OpSet kMoved = {"Abs",         "Add",       "And",        "Cast",      "Ceil",      "Celu",
                      "Clip",        "Concat",    "Cos",        "Div",       "Dropout",   "Elu",
                      "Equal",       "Erf",       "Exp",        "Floor",     "Gelu",      "Greater",
                      "HardSigmoid", "HardSwish", "Identity",   "LeakyRelu", "Less",      "Log",
                      "LogSoftmax",  "Max",       "MaxPool",    "Min",       "Mish",      "Mul",
                      "Neg",         "Not",       "Or",         "PRelu",     "Pad",       "Pow",
                      "Reciprocal",  "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Relu",
                      "Resize",      "Round",     "Selu",       "Sigmoid",   "Sign",      "Sin",
                      "Slice",       "Softmax",   "Softplus",   "Softsign",  "Split",     "Sqrt",
                      "Squeeze",     "Sub",       "Sum",        "Tan",       "Tanh",      "ThresholdedRelu",
                      "Tile",        "Transpose", "Unsqueeze",  "Where"};

bool is_integer_conv(const Node& node) { return node.is("Conv") && has_integer_operands(node); }
bool is_moved(const Node& node) { return is_one_of(node, kMoved) || is_quantize(node) || is_dequantize(node); }

// From each node that `next` gives for it, through what is moved, to an integer convolution.
template <typename Next>
bool reaches_integer_conv(const Node& from, const Next& next) {
  std::vector<const Node*> open = {&from};
  std::set<const Node*> seen = {&from};
  while (!open.empty()) {
    const Node* current = open.back();
    open.pop_back();
    for (const Node* other : next(*current)) {
      if (is_integer_conv(*other)) return true;
      if (is_moved(*other) && seen.insert(other).second) open.push_back(other);
    }
  }
  return false;
}

std::vector<const Node*> makers(const Node& node) {
  std::vector<const Node*> found;
  for (int i = 0; i < node.input_count(); ++i) {
    if (node.has_input(i) && node.input(i).producer()) found.push_back(node.input(i).producer());
  }
  return found;
}

// Those that read data: the shape of a value is not moved.
std::vector<const Node*> readers(const Node& node) {
  std::vector<const Node*> found;
  for (int i = 0; i < node.output_count(); ++i) {
    for (const Use& use : node.output(i).uses()) {
      if (use.index == 0 || is_one_of(*use.node, {"Add", "Mul", "Concat", "Sub", "Div", "Max", "Min", "Sum", "Where"}))
        found.push_back(use.node);
    }
  }
  return found;
}

// Listing every axis in order says what listing none says.
bool lists_axes(const Node& node) {
  std::vector<double> axes;
  if (node.is("Pad")) {
    if (!node.has_input(3)) return false;
    const auto numbers = numbers_of(node.input(3));
    if (!numbers) return true;
    axes = *numbers;
  } else {
    for (const int64_t axis : node.attribute("axes", std::vector<int64_t>{})) axes.push_back(static_cast<double>(axis));
    if (axes.empty()) return false;
  }
  if (node.input(0).rank() != static_cast<int>(axes.size())) return true;
  for (size_t i = 0; i < axes.size(); ++i) {
    const double axis = axes[i] < 0 ? axes[i] + static_cast<double>(axes.size()) : axes[i];
    if (axis != static_cast<double>(i)) return true;
  }
  return false;
}

// It takes height and width as the last two axes, and where it enlarges both the transposes stay behind it.
bool is_shrinking_cubic(const Node& resize) {
  if (!resize.is("Resize") || resize.attribute("mode", "nearest") != "cubic") return false;
  const Value &from = resize.input(0), &to = resize.output(0);
  if (from.rank() != 4 || to.rank() != 4) return true;
  for (const int axis : {2, 3}) {
    if (from.dim(axis) < 0 || to.dim(axis) < from.dim(axis)) return true;
  }
  return false;
}

void check_layout(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!is_one_of(*node, {"Pad", "Resize"})) continue;
    const bool listed = lists_axes(*node);
    if (!listed && !is_shrinking_cubic(*node)) continue;
    if (node->is("Resize") && node->input(0).has_rank() && node->input(0).rank() != 4) continue;
    if (!reaches_integer_conv(*node, makers) || !reaches_integer_conv(*node, readers)) continue;
    pass.report(*node, fmt::format("it {} {}, between convolutions that run on integers",
                                   listed ? "lists axes of" : "shrinks, by the mode cubic,", shown(node->input(0))));
  }
}

}  // namespace

std::vector<LintRule> onnxruntime_layout() {
  return {
      {"O18", "onnxruntime-layout", Severity::kError, Severity::kError,
       "a Pad or Resize that lists axes (opset 18), or a cubic Resize that shrinks, between two integer convolutions",
       "integer convolutions run with channels last; moving that layout through the node, ONNX Runtime permutes its "
       "numbers as if there were one for every axis, or makes a cubic Resize that it has no kernel for: the model "
       "fails "
       "(\"Gather ... indices element out of data bounds\", \"'Cubic' mode only supports\"), or computes another shape",
       "tried: ONNX Runtime 1.32.0 (docs/targets.md)",
       "write a number for every axis (`quoin transform`: WriteOutPadAxes, WriteOutResizeScales, "
       "WriteOutResizeSizes), or put a Reshape to [0, 0, 0, 0] behind the node",
       check_layout}};
}

}  // namespace quoin
