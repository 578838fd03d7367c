#include "cli/model_files.h"

#include <filesystem>
#include <set>
#include <utility>

#include "engine/onnx_wire.h"
#include "onnx/nesting.h"
#include "quoin/error.h"

namespace quoin::cli {
namespace {

enum class Message { kModel, kGraph, kNode, kAttribute, kSparse, kTensor, kEntry, kFunction, kTraining };

struct Field {
  Message of;
  uint32_t number;
  Message holds;
};
// The way to every TensorProto of a ModelProto: onnx/onnx.proto of ONNX 1.22.
constexpr Field kFields[] = {
    {Message::kModel, 7, Message::kGraph},         {Message::kModel, 20, Message::kTraining},
    {Message::kModel, 25, Message::kFunction},     {Message::kTraining, 1, Message::kGraph},
    {Message::kTraining, 2, Message::kGraph},      {Message::kFunction, 7, Message::kNode},
    {Message::kFunction, 11, Message::kAttribute}, {Message::kGraph, 1, Message::kNode},
    {Message::kGraph, 5, Message::kTensor},        {Message::kGraph, 15, Message::kSparse},
    {Message::kNode, 5, Message::kAttribute},      {Message::kAttribute, 5, Message::kTensor},
    {Message::kAttribute, 6, Message::kGraph},     {Message::kAttribute, 10, Message::kTensor},
    {Message::kAttribute, 11, Message::kGraph},    {Message::kAttribute, 22, Message::kSparse},
    {Message::kAttribute, 23, Message::kSparse},   {Message::kSparse, 1, Message::kTensor},
    {Message::kSparse, 2, Message::kTensor},       {Message::kTensor, 13, Message::kEntry},
};
constexpr uint32_t kKey = 1, kValue = 2;  // of an entry

void collect(Message kind, std::string_view bytes, int depth, std::set<std::string>& locations) {
  if (depth > kDeepestMessage) return;
  if (kind == Message::kEntry) {
    if (find_bytes(bytes, kKey) == "location") locations.emplace(find_bytes(bytes, kValue));
    return;
  }
  for (WireFields fields(bytes); fields.next();) {
    for (const Field& field : kFields) {
      if (field.of == kind && field.number == fields.number) collect(field.holds, fields.bytes, depth + 1, locations);
    }
  }
}

}  // namespace

std::vector<std::string> external_files(const std::string& model) {
  std::set<std::string> locations;
  std::vector<std::string> files;
  try {
    const MappedFile file(model);
    collect(Message::kModel, file.bytes(), 0, locations);
  } catch (const Error&) {
    return files;
  }
  for (const std::string& location : locations) {
    if (location.find('\0') == std::string::npos)
      files.push_back((std::filesystem::path(model).parent_path() / location).string());
  }
  return files;
}

}  // namespace quoin::cli
