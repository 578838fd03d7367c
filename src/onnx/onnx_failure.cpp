#include "onnx/onnx_failure.h"

#include <algorithm>
#include <string_view>

namespace quoin {
namespace {

std::string one_line(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (space && (result.empty() || result.back() == ' ')) continue;
    result += space ? ' ' : c;
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

// What stands between `before` and the first of `after`.
std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t start = text.find(before);
  if (start == std::string_view::npos) return "";
  const size_t from = start + before.size();
  const size_t end = text.find(after, from);
  return end == std::string_view::npos ? "" : std::string(text.substr(from, end - from));
}

}  // namespace

OnnxFailure describe_failure(const std::exception& error) {
  const std::string whole = error.what();
  OnnxFailure failure;
  std::string_view message = std::string_view(whole).substr(0, whole.find("==> Context:"));
  // Assertions of the library begin with a place in its sources.
  static constexpr std::string_view kAssertion = "` failed: ";
  const size_t assertion = message.find("Assertion `");
  const size_t end = assertion == std::string_view::npos ? assertion : message.find(kAssertion, assertion);
  if (end != std::string_view::npos) message.remove_prefix(end + kAssertion.size());
  failure.message = one_line(message);
  failure.node = between(whole, "Bad node spec for node. Name: ", " OpType: ");
  if (failure.node.empty()) {
    const size_t op = whole.find(" OpType: ", std::min(whole.find("Bad node spec for node."), whole.size()));
    if (op != std::string::npos) failure.node = one_line(std::string_view(whole).substr(op + 9));
  }
  if (failure.node.empty()) failure.node = between(whole, "node name: ", ")");
  if (failure.node.empty()) failure.node = between(whole, "(op_type:", ")");
  if (failure.node.empty()) failure.node = one_line(between(whole, "of node: \nname: ", " OpType:"));
  return failure;
}

}  // namespace quoin
