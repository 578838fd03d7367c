// ONNX's text syntax.
#include <onnx/defs/parser.h>
#include <onnx/defs/printer.h>

#include "onnx/finish_load.h"
#include "onnx/to_proto.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

constexpr const char* kRemedy = "see ONNX's text syntax (onnx/docs/Syntax.md)";

// The parser's "[ParseError at position (line: 2 column: 5)]\nError context: the line\nwhat is wrong".
[[noreturn]] void refuse_text(const std::string& message) {
  const auto number_after = [&](const std::string& key) {
    const size_t start = message.find(key);
    if (start == std::string::npos) return std::string("?");
    const size_t from = start + key.size();
    return message.substr(from, message.find_first_not_of("0123456789", from) - from);
  };
  const std::string place = number_after("line: ") + ":" + number_after("column: ");
  std::string what = message;
  const size_t context = message.find("Error context: ");
  const size_t end = context == std::string::npos ? context : message.find('\n', context);
  if (end != std::string::npos) {
    const size_t from = context + 15;
    what = message.substr(end + 1) + " (in '" + message.substr(from, end - from) + "')";
  }
  std::erase(what, '\n');
  refuse("the text is not an ONNX model: " + what, kRemedy, "text:" + place);
}

}  // namespace

Graph parse_text(std::string_view text) {
  onnx::ModelProto model;
  onnx::OnnxParser parser(text);
  std::string failure;
  try {
    const auto status = parser.Parse(model);
    if (!status.IsOK()) failure = status.ErrorMessage();
  } catch (const std::exception& error) {
    // A number that fits no type ends the parser this way.
    failure = "[ParseError at position " + parser.GetCurrentPos() + "]\nError context: " + parser.GetErrorContext() +
              "\nA value that cannot be read: " + error.what();
  }
  if (!failure.empty()) refuse_text(failure);
  return finish_load(model, {.path = "", .owner = nullptr, .where = "text"});
}

std::string to_text(const Graph& graph) {
  onnx::ModelProto message;
  model_to_proto(graph, {.weights = Weights::kShown}, message);
  return onnx::ProtoToString(message) + "\n";
}

}  // namespace quoin
