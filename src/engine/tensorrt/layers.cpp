#include "engine/tensorrt/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <deque>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>

namespace quoin::tensorrt {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_8_bit(std::string format) {
  std::transform(format.begin(), format.end(), format.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return format.find("int8") != std::string::npos;
}

// 10.x: "Format/Datatype": "Row major Int8 format"; a later version may give the type in a field of its own.
bool is_8_bit_tensor(const json& tensor) {
  return is_8_bit(text_of(tensor, "Format/Datatype")) || is_8_bit(text_of(tensor, "Format")) ||
         is_8_bit(text_of(tensor, "DataType")) || is_8_bit(text_of(tensor, "Datatype"));
}

bool computes_on_8_bit(const json& layer) {
  const auto inputs = layer.find("Inputs");
  if (inputs != layer.end() && std::any_of(inputs->begin(), inputs->end(), is_8_bit_tensor)) return true;
  const auto weights = layer.find("Weights");
  return weights != layer.end() && is_8_bit(text_of(*weights, "Type"));
}

void add_node(std::vector<std::string>& nodes, std::string_view name, const ModelInfo& model) {
  std::string wanted(name);
  if (!model.ops.contains(wanted)) return;
  if (std::find(nodes.begin(), nodes.end(), wanted) == nodes.end()) nodes.push_back(std::move(wanted));
}

std::vector<std::string> nodes_of_metadata(const std::string& metadata, const ModelInfo& model) {
  constexpr std::string_view kOpen = "[ONNX Layer: ";
  std::vector<std::string> nodes;
  for (size_t at = metadata.find(kOpen); at != std::string::npos; at = metadata.find(kOpen, at)) {
    at += kOpen.size();
    // A name may have brackets of its own; the next entry, or the end, closes it.
    size_t end = metadata.rfind(']', metadata.find(kOpen, at));
    if (end == std::string::npos || end < at) break;
    add_node(nodes, std::string_view(metadata).substr(at, end - at), model);
  }
  return nodes;
}

// "conv1.weight + QuantizeLinear_7 + Conv_9 + PWN(Clip_13)": the parts that are nodes, whatever is wrapped around them.
std::vector<std::string> nodes_of_name(const std::string& name, const ModelInfo& model) {
  std::vector<std::string> nodes;
  std::string_view rest = name;
  while (!rest.empty()) {
    size_t end = rest.size(), next = rest.size();
    for (const std::string_view separator : {" + ", " || ", ", "}) {
      const size_t at = rest.find(separator);
      if (at < end) end = at, next = at + separator.size();
    }
    std::string_view part = rest.substr(0, end);
    add_node(nodes, part, model);
    while (!part.empty() && (part.back() == ')' || part.back() == ']')) {
      part.remove_suffix(1);
      add_node(nodes, part, model);
      const size_t open = part.find_last_of("([");
      if (open != std::string_view::npos) add_node(nodes, part.substr(open + 1), model);
    }
    const size_t open = part.find_last_of("([");
    if (open != std::string_view::npos) add_node(nodes, part.substr(open + 1), model);
    rest.remove_prefix(next);
  }
  return nodes;
}

bool is_conversion(const std::string& type, const std::vector<std::string>& nodes, const ModelInfo& model) {
  if (type == "Reformat") return true;
  return !nodes.empty() && std::all_of(nodes.begin(), nodes.end(), [&](const std::string& node) {
    const std::string& op = model.ops.at(node);
    return op == "QuantizeLinear" || op == "DequantizeLinear" || op == "Cast";
  });
}

Kernel read_layer(const json& layer, const ModelInfo& model) {
  Kernel kernel;
  kernel.node = layer.at("Name").get<std::string>();
  kernel.op = text_of(layer, "LayerType");
  kernel.nodes = nodes_of_metadata(text_of(layer, "Metadata"), model);
  if (kernel.nodes.empty()) kernel.nodes = nodes_of_name(kernel.node, model);
  kernel.conversion = is_conversion(kernel.op, kernel.nodes, model);
  kernel.integer = !kernel.conversion && computes_on_8_bit(layer);
  return kernel;
}

// Layers without details are their names only.
void refuse_names(const std::string& file) {
  refuse_export(file, "its layers have no details; the engine was not built with --profilingVerbosity=detailed");
}

}  // namespace

std::vector<Kernel> read_layers(const std::string& text, const std::vector<LayerTime>& profile, const ModelInfo& model,
                                const std::string& file) {
  std::vector<Kernel> kernels;
  // Layers may share a name: their times are taken in order.
  std::unordered_map<std::string, std::deque<double>> times;
  for (const LayerTime& layer : profile) times[layer.name].push_back(layer.microseconds);
  try {
    const json information = json::parse(text);
    for (const json& layer : information.at("Layers")) {
      if (!layer.is_object()) refuse_names(file);
      Kernel kernel = read_layer(layer, model);
      if (const auto found = times.find(kernel.node); found != times.end() && !found->second.empty()) {
        kernel.microseconds = found->second.front();
        found->second.pop_front();
      }
      kernels.push_back(std::move(kernel));
    }
  } catch (const json::exception& failure) {
    refuse_export(file, failure.what());
  }
  if (kernels.empty()) refuse_export(file, "no layer is in it");
  for (const LayerTime& layer : profile) {
    std::deque<double>& left = times[layer.name];
    if (left.empty()) continue;
    Kernel kernel;
    kernel.node = layer.name;
    kernel.op = "unknown";
    kernel.nodes = nodes_of_name(layer.name, model);
    kernel.microseconds = left.front();
    left.pop_front();
    kernels.push_back(std::move(kernel));
  }
  return kernels;
}

}  // namespace quoin::tensorrt
