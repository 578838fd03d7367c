// ONNX's text syntax.
#include <fmt/format.h>
#include <onnx/defs/parser.h>
#include <onnx/defs/printer.h>

#include <new>

#include "onnx/finish_load.h"
#include "onnx/nesting.h"
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

[[noreturn]] void refuse_depth(const std::string& where) {
  refuse(fmt::format("the text is nested too deeply: more than {} levels", kDeepestMessage), "write fewer levels",
         where);
}

// ONNX's parser calls itself for each bracket.
void check_brackets(std::string_view text) {
  int depth = 0, line = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
    } else if (c == '(' || c == '<' || c == '{' || c == '[') {
      if (++depth > kDeepestMessage) refuse_depth(fmt::format("text:{}", line));
    } else if (c == ')' || c == '>' || c == '}' || c == ']') {
      --depth;
    } else if (c == '\n') {
      ++line;
    }
  }
}

}  // namespace

Graph parse_text(std::string_view text) {
  check_brackets(text);
  onnx::ModelProto model;
  onnx::OnnxParser parser(text);
  std::string failure;
  try {
    const auto status = parser.Parse(model);
    if (!status.IsOK()) failure = status.ErrorMessage();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    // A number that fits no type ends the parser this way.
    failure = "[ParseError at position " + parser.GetCurrentPos() + "]\nError context: " + parser.GetErrorContext() +
              "\nA value that cannot be read: " + error.what();
  }
  if (!failure.empty()) refuse_text(failure);
  if (deepest_message(model.SerializeAsString()) > kDeepestMessage) refuse_depth("text");
  return finish_load(model, {.path = "", .owner = nullptr, .where = "text"});
}

std::string to_text(const Graph& graph) {
  onnx::ModelProto message;
  model_to_proto(graph, {.weights = Weights::kShown}, message);
  return onnx::ProtoToString(message) + "\n";
}

}  // namespace quoin
