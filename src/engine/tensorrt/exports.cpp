#include "engine/tensorrt/exports.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string_view>
#include <unordered_map>

#include "base/float16.h"
#include "quoin/error.h"

namespace quoin::tensorrt {
namespace {

using nlohmann::json;

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// What stands behind `"key" : ` in a line; empty where the key is not there.
std::optional<std::string_view> after(std::string_view line, std::string_view key) {
  const std::string wanted = fmt::format("\"{}\" :", key);
  const size_t at = line.find(wanted);
  if (at == std::string_view::npos) return std::nullopt;
  return trimmed(line.substr(at + wanted.size()));
}

// The text between the first quote and the last: a name may have quotes of its own.
std::string_view unquoted(std::string_view text) {
  const size_t first = text.find('"'), last = text.rfind('"');
  return first == last ? std::string_view() : text.substr(first + 1, last - first - 1);
}

template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Shape read_shape(std::string_view text, const std::string& file) {
  Shape shape;
  while (!text.empty()) {
    const std::string_view digits = text.substr(0, text.find('x'));
    const auto dim = parse_number<int64_t>(digits);
    if (!dim) refuse_export(file, fmt::format("'{}' is no shape", text));
    shape.push_back(*dim);
    text.remove_prefix(std::min(text.size(), digits.size() + 1));
  }
  return shape;
}

template <typename T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <typename T>
void append_integer(std::string& bytes, std::string_view text, const std::string& file) {
  const auto value = parse_number<T>(text);
  if (!value) refuse_export(file, fmt::format("'{}' is no value of its output's type", text));
  append(bytes, *value);
}

void append_value(std::string& bytes, std::string_view text, const PortInfo& port, const std::string& file) {
  switch (port.type) {
    case DataType::kInt64:
      return append_integer<int64_t>(bytes, text, file);
    case DataType::kInt32:
      return append_integer<int32_t>(bytes, text, file);
    case DataType::kInt8:
      return append_integer<int8_t>(bytes, text, file);
    case DataType::kUint8:
    case DataType::kBool:
      return append_integer<uint8_t>(bytes, text, file);
    default:
      break;
  }
  const auto value = parse_number<double>(text);
  if (!value) refuse_export(file, fmt::format("'{}' is no number", text));
  switch (port.type) {
    case DataType::kFloat:
      return append(bytes, static_cast<float>(*value));
    case DataType::kDouble:
      return append(bytes, *value);
    case DataType::kFloat16:
      return append(bytes, float_to_float16(static_cast<float>(*value)));
    case DataType::kBfloat16:
      return append(bytes, float_to_bfloat16(static_cast<float>(*value)));
    default:
      refuse_export(
          file, fmt::format("output '{}' is {}, which Quoin does not read from it", port.name, to_string(port.type)));
  }
}

Tensor read_values(std::string_view text, const Shape& shape, const PortInfo& port, const std::string& file) {
  if (!text.starts_with('[') || !text.ends_with(']')) refuse_export(file, "its values are cut off");
  text = trimmed(text.substr(1, text.size() - 2));
  std::string bytes;
  while (!text.empty()) {
    const std::string_view value = text.substr(0, text.find(','));
    append_value(bytes, trimmed(value), port, file);
    text.remove_prefix(std::min(text.size(), value.size() + 1));
  }
  const size_t wanted = static_cast<size_t>(element_count(shape)) * static_cast<size_t>(bit_width(port.type)) / 8;
  if (bytes.size() != wanted) refuse_export(file, fmt::format("output '{}' has too few or too many values", port.name));
  return Tensor(port.type, shape, std::move(bytes));
}

}  // namespace

void refuse_export(const std::string& file, const std::string& problem) {
  throw Error(ErrorCode::kCheckFailed, fmt::format("what TensorRT wrote to {} cannot be read: {}", file, problem),
              "Check that the temporary folder has room, and that Quoin knows this version of TensorRT.");
}

std::vector<double> read_times(const std::string& text, const std::string& file) {
  std::vector<double> times;
  try {
    for (const json& run : json::parse(text)) times.push_back(run.at("computeMs").get<double>());
  } catch (const json::exception& failure) {
    refuse_export(file, failure.what());
  }
  if (times.empty()) refuse_export(file, "no inference was timed");
  return times;
}

NamedTensors read_outputs(const std::string& text, const std::vector<PortInfo>& ports, const std::string& file) {
  std::unordered_map<std::string, const PortInfo*> known;
  for (const PortInfo& port : ports) known.emplace(port.name, &port);
  std::unordered_map<std::string, Tensor> found;
  std::istringstream lines(text);
  std::string name;
  Shape shape;
  for (std::string line; std::getline(lines, line);) {
    if (const auto quoted = after(line, "name")) name = unquoted(*quoted);
    if (const auto quoted = after(line, "dimensions")) shape = read_shape(unquoted(*quoted), file);
    const auto values = after(line, "values");
    const auto port = known.find(name);
    if (values && port != known.end()) found[name] = read_values(*values, shape, *port->second, file);
  }
  NamedTensors outputs;
  for (const PortInfo& port : ports) {
    const auto output = found.find(port.name);
    if (output == found.end()) refuse_export(file, fmt::format("output '{}' is not in it", port.name));
    outputs.emplace_back(port.name, output->second);
  }
  return outputs;
}

std::vector<LayerTime> read_profile(const std::string& text, const std::string& file) {
  std::vector<LayerTime> layers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto named = after(line, "name");
    if (!named) continue;
    const size_t end = named->rfind("\"timeMs\"");
    const auto median = after(line, "medianMs");
    const auto milliseconds =
        median ? parse_number<double>(trimmed(median->substr(0, median->find_first_of(",}")))) : std::nullopt;
    if (end == std::string_view::npos || !milliseconds) {
      refuse_export(file, fmt::format("there are no times in '{}'", trimmed(line)));
    }
    layers.push_back({std::string(unquoted(named->substr(0, end))), 1000 * *milliseconds});
  }
  if (layers.empty()) refuse_export(file, "no layer is in it");
  return layers;
}

}  // namespace quoin::tensorrt
