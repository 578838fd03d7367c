#include "engine/ort/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <unordered_map>

#include "quoin/error.h"

namespace quoin::ort {
namespace {

using nlohmann::json;

constexpr std::string_view kSuffix = "_kernel_time";

// Moves values between number formats or memory layouts and computes nothing.
bool is_conversion(const std::string& op) {
  static const std::set<std::string, std::less<>> ops = {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear",
                                                         "Cast",           "CastLike",         "ReorderInput",
                                                         "ReorderOutput"};
  return ops.contains(op);
}

// Ops that ONNX Runtime has for 8-bit integers only.
bool is_integer_op(const std::string& op) {
  static const std::set<std::string, std::less<>> ops = {
      "ConvInteger", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM", "QAttention", "QEmbedLayerNormalization", "QGemm"};
  return op.starts_with("QLinear") || op.starts_with("MatMulInteger") || ops.contains(op);
}

// `shapes` is a list such as [{"uint8": [1, 3]}, {"float": []}].
bool is_8_bit(const json& shapes, size_t index) {
  if (index >= shapes.size()) return false;
  return shapes[index].contains("uint8") || shapes[index].contains("int8");
}

bool computes_on_8_bit(const std::string& op, const json& arguments) {
  if (is_conversion(op) || op == "Shape" || op == "Size") return false;
  if (is_integer_op(op)) return true;
  const json none = json::array();
  const json& inputs = arguments.contains("input_type_shape") ? arguments["input_type_shape"] : none;
  const json& outputs = arguments.contains("output_type_shape") ? arguments["output_type_shape"] : none;
  if (is_8_bit(inputs, 0)) return true;  // MaxPool, Reshape, Gather, ArgMax, …
  if (!is_8_bit(outputs, 0)) return false;
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (is_8_bit(inputs, i)) return true;  // Where: its first input is the condition
  }
  return false;
}

// Profiles are large; only these parts of an event are kept while parsing.
bool is_wanted(int depth, json::parse_event_t event, json& parsed) {
  if (event != json::parse_event_t::key || depth > 3) return true;
  static const std::set<std::string, std::less<>> keys = {
      "cat", "name", "dur", "args", "op_name", "node_index", "input_type_shape", "output_type_shape"};
  return keys.contains(parsed.get_ref<const std::string&>());
}

struct Row {
  Kernel kernel;
  std::unordered_map<int, double> microseconds;  // by run
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double median_after(const Row& row, int warm_ups) {
  std::vector<double> values;
  for (const auto& [run, microseconds] : row.microseconds) {
    if (run >= warm_ups) values.push_back(microseconds);
  }
  return values.empty() ? -1 : median(std::move(values));
}

class Reader {
 public:
  // ONNX Runtime records a run's end after its kernels, so the place in the file tells the run.
  void read(const json& event) {
    const auto& category = event.at("cat").get_ref<const std::string&>();
    const auto& name = event.at("name").get_ref<const std::string&>();
    if (category == "Session" && name == "model_run") ++run_;
    if (category == "Node" && name.ends_with(kSuffix)) read_kernel(event, name);
  }

  std::vector<Kernel> kernels(int warm_ups) const {
    std::vector<Kernel> kernels;
    for (const Row& row : rows_) {
      const double microseconds = median_after(row, warm_ups);
      if (microseconds < 0) continue;  // ran in the warm-up only
      kernels.push_back(row.kernel);
      kernels.back().microseconds = microseconds;
    }
    return kernels;
  }

 private:
  void read_kernel(const json& event, const std::string& name) {
    const json& arguments = event.at("args");
    const auto& op = arguments.at("op_name").get_ref<const std::string&>();
    const std::string node = name.substr(0, name.size() - kSuffix.size());
    const std::string index = arguments.contains("node_index") ? arguments["node_index"].dump() : "";
    const auto [found, is_new] = place_.emplace(op + '\n' + index + '\n' + node, rows_.size());
    if (is_new) {
      Row row;
      // The profile does not tell the domain.
      row.kernel = {.node = node,
                    .op = op,
                    .domain = "",
                    .integer = computes_on_8_bit(op, arguments),
                    .conversion = is_conversion(op)};
      rows_.push_back(std::move(row));
    }
    rows_[found->second].microseconds[run_] += event.at("dur").get<double>();
  }

  int run_ = 0;
  std::vector<Row> rows_;
  std::unordered_map<std::string, size_t> place_;
};

}  // namespace

std::vector<Kernel> read_profile(std::istream& profile, int warm_ups) {
  try {
    const json events = json::parse(profile, is_wanted);
    Reader reader;
    for (const json& event : events) reader.read(event);
    return reader.kernels(warm_ups);
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::kCheckFailed, fmt::format("ONNX Runtime's profile cannot be read: {}", failure.what()),
                "Check the model's node names: quotes and backslashes in them break the profile.");
  }
}

}  // namespace quoin::ort
