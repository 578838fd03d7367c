#include "golden.h"

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "quoin/error.h"
#include "quoin/model_io.h"

namespace quoin::testing {
namespace {

std::string trimmed(const std::string& line) {
  const size_t first = line.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += "  " + line + "\n";
  return result;
}

float uniform(std::mt19937& random, float low, float high) {
  return low + (high - low) * static_cast<float>(random() >> 8) / static_cast<float>(1 << 24);
}

template <typename T>
Tensor cast_to(const Shape& shape, const std::vector<double>& numbers) {
  std::vector<T> cast;
  for (const double number : numbers) cast.push_back(static_cast<T>(number));
  return Tensor::from(shape, cast);
}

Tensor tensor_of(DataType type, const Shape& shape, const std::vector<double>& numbers) {
  if (type == DataType::kDouble) return cast_to<double>(shape, numbers);
  if (type == DataType::kInt64) return cast_to<int64_t>(shape, numbers);
  if (type == DataType::kInt32 || type == DataType::kBool) {  // masks, mostly true
    std::string truths;
    std::vector<int32_t> ones;
    for (const double number : numbers) {
      truths += number > -0.8 ? '\1' : '\0';
      ones.push_back(truths.back());
    }
    return type == DataType::kBool ? Tensor(type, shape, std::move(truths)) : Tensor::from(shape, ones);
  }
  if (type == DataType::kInt8) return cast_to<int8_t>(shape, numbers);
  return cast_to<float>(shape, numbers);
}

// "float[2,3] w = random" -> "float[2,3] w = {…}".
std::string with_numbers(std::string text) {
  std::mt19937 random(7);
  for (const auto& [word, low, high] : {std::tuple{"= random", -1.0F, 1.0F}, std::tuple{"= positive", 0.5F, 1.5F}}) {
    const std::string marker = word;
    for (size_t at = text.find(marker); at != std::string::npos; at = text.find(marker, at)) {
      const size_t close = text.rfind(']', at), open = text.rfind('[', close);
      std::istringstream dims(text.substr(open + 1, close - open - 1));
      int64_t count = 1;
      for (std::string dim; std::getline(dims, dim, ',');) count *= std::stoll(dim);
      std::ostringstream numbers;
      numbers << "= {";
      for (int64_t i = 0; i < count; ++i) numbers << (i ? "," : "") << uniform(random, low, high);
      numbers << "}";
      text.replace(at, marker.size(), numbers.str());
    }
  }
  return text;
}

}  // namespace

std::vector<GoldenCase> read_golden(const std::string& path) {
  std::istringstream lines(read_text(path));
  std::vector<GoldenCase> cases;
  std::vector<std::string> comments;
  std::string* section = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] == '#') {
      comments.push_back(line);
    } else if (line.rfind("case ", 0) == 0) {
      cases.push_back({.comments = std::move(comments),
                       .name = trimmed(line.substr(5)),
                       .list = "",
                       .before = "",
                       .expectation = ""});
      comments.clear();
      section = nullptr;
    } else if (line.rfind("list ", 0) == 0) {
      cases.back().list = trimmed(line.substr(5));
    } else if (line == "before") {
      section = &cases.back().before;
    } else if (line == "after" || line == "unchanged") {
      section = &cases.back().expectation;
      cases.back().unchanged = line == "unchanged";
    } else if (section && !trimmed(line).empty()) {
      *section += line.substr(std::min<size_t>(2, line.find_first_not_of(' '))) + "\n";
    }
  }
  return cases;
}

void write_golden(const std::string& path, const std::vector<GoldenCase>& cases) {
  std::string text;
  for (const GoldenCase& golden : cases) {
    if (!text.empty()) text += "\n";
    for (const std::string& comment : golden.comments) text += comment + "\n";
    text += "case " + golden.name + "\n";
    if (!golden.list.empty()) text += "list " + golden.list + "\n";
    text += "before\n" + indented(golden.before) + (golden.unchanged ? "unchanged\n" : "after\n") +
            indented(golden.expectation);
  }
  write_text(path, text);
}

Graph golden_model(const std::string& text) {
  const bool has_header = text.find("opset_import") != std::string::npos;
  return parse_text((has_header ? "" : "<ir_version: 8, opset_import: [\"\" : 17]>\n") + with_numbers(text));
}

NamedTensors random_feed(const Graph& graph, int64_t unknown_dim) {
  std::mt19937 random(11);
  NamedTensors feed;
  for (const Value* input : graph.required_inputs()) {
    Shape shape;
    for (const Dim& dim : input->dims()) shape.push_back(dim.known() ? dim.value : unknown_dim);
    std::vector<double> numbers(static_cast<size_t>(element_count(shape)));
    for (double& number : numbers) number = static_cast<double>(uniform(random, -2, 2));
    feed.emplace_back(input->name(), tensor_of(input->type(), shape, numbers));
  }
  return feed;
}

bool update_goldens() {
  const char* wanted = std::getenv("QUOIN_UPDATE_SNAPSHOTS");
  return wanted && std::string(wanted) == "1";
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

const Engine* onnxruntime() {
  static const std::unique_ptr<Engine> engine = []() -> std::unique_ptr<Engine> {
    try {
      return open_engine("onnxruntime");
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kMissingRuntime) return nullptr;
      throw;
    }
  }();
  return engine.get();
}

}  // namespace quoin::testing
