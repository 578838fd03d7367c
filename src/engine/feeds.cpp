#include "engine/feeds.h"

#include <fmt/format.h>

#include <unordered_map>

#include "engine/thread_probe.h"
#include "quoin/error.h"

namespace quoin {
namespace {

std::string list_inputs(const std::vector<PortInfo>& inputs) {
  if (inputs.empty()) return "The model has no inputs.";
  std::string list;
  for (const PortInfo& port : inputs) {
    list += fmt::format("{}'{}' ({})", list.empty() ? "" : ", ", port.name, describe(port.type, port.dims));
  }
  return fmt::format("Its inputs are {}.", list);
}

bool shape_fits(const std::vector<int64_t>& wanted, const Shape& shape) {
  if (wanted.empty()) return true;
  if (wanted.size() != shape.size()) return false;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] >= 0 && wanted[i] != shape[i]) return false;
  }
  return true;
}

void check_feed(const PortInfo& port, const Tensor& tensor) {
  if (port.type == tensor.type() && shape_fits(port.dims, tensor.shape())) return;
  const char* what = port.type != tensor.type() ? "type" : "shape";
  throw Error(ErrorCode::kBadInput,
              fmt::format("input '{}' is fed {}, but the model takes {}", port.name,
                          describe(tensor.type(), tensor.shape()), describe(port.type, port.dims)),
              fmt::format("Feed a tensor of the model's {}.", what));
}

}  // namespace

std::string describe(DataType type, const std::vector<int64_t>& dims) {
  std::string text(to_string(type));
  text += '[';
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) text += ',';
    text += dims[i] < 0 ? "?" : std::to_string(dims[i]);
  }
  return text + ']';
}

std::vector<const Tensor*> order_feeds(const std::vector<PortInfo>& inputs, const NamedTensors& feeds) {
  std::unordered_map<std::string_view, size_t> position;
  for (size_t i = 0; i < inputs.size(); ++i) position.emplace(inputs[i].name, i);
  std::vector<const Tensor*> ordered(inputs.size(), nullptr);
  for (const auto& [name, tensor] : feeds) {
    const auto found = position.find(name);
    if (found == position.end()) {
      std::vector<std::string> names;
      for (const PortInfo& port : inputs) names.push_back(port.name);
      throw Error(ErrorCode::kBadInput, fmt::format("the model has no input '{}'{}", name, did_you_mean(name, names)),
                  list_inputs(inputs));
    }
    const Tensor*& slot = ordered[found->second];
    if (slot != nullptr) {
      throw Error(ErrorCode::kBadInput, fmt::format("input '{}' is fed twice", name), "Feed every input once.");
    }
    check_feed(inputs[found->second], tensor);
    slot = &tensor;
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (ordered[i] != nullptr) continue;
    throw Error(ErrorCode::kBadInput, fmt::format("input '{}' is not fed", inputs[i].name),
                fmt::format("Feed a {} tensor named '{}'.", describe(inputs[i].type, inputs[i].dims), inputs[i].name));
  }
  return ordered;
}

void check_options(const SessionOptions& options) {
  if (options.threads < 1) {
    throw Error(ErrorCode::kUsage, fmt::format("a session cannot run on {} threads", options.threads),
                "Ask for one thread or more.");
  }
  check_threads(options.threads);
}

void check_runs(int runs) {
  if (runs >= 1) return;
  throw Error(ErrorCode::kUsage, fmt::format("a profile cannot be taken from {} runs", runs),
              "Ask for one run or more.");
}

}  // namespace quoin
