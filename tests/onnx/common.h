// Temporary files, and comparison of graphs.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/model_io.h"

namespace quoin {

// A folder of the running test's own, empty.
inline std::filesystem::path test_folder() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const auto folder =
      std::filesystem::path(testing::TempDir()) / (std::string(info->test_suite_name()) + "." + info->name());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}
inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
inline std::string read_file(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

// The error's parts; a test failure where nothing is thrown.
template <typename Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::kUsage, "");
}

inline std::string type_of(const Value& value) {
  std::ostringstream text;
  text << to_string(value.type());
  if (value.has_rank()) text << '[';
  for (const Dim& dim : value.dims()) text << (dim.known() ? std::to_string(dim.value) : dim.name) << ',';
  if (value.has_rank()) text << ']';
  return text.str() + value.opaque_type();
}

// Everything a graph says but for the data of tensors and the unnamed dimensions' invented names.
inline std::string summary(const Graph& graph) {
  std::ostringstream text;
  text << graph.name() << '|' << graph.doc() << '|' << graph.ir_version() << '\n';
  for (const auto& [domain, version] : graph.opsets()) text << domain << '=' << version << '\n';
  const auto& info = graph.file_info();
  text << info.producer_name << info.producer_version << info.domain << info.doc << info.model_version << '\n';
  for (const auto& [key, value] : info.metadata) text << key << ':' << value << '\n';
  for (const auto& function : info.functions) text << std::hash<std::string>()(function) << '\n';
  for (const auto& annotation : info.quantization_annotations) text << annotation << '\n';
  for (const Value* input : graph.inputs()) text << "in " << input->name() << '\n';
  for (const Value* output : graph.outputs()) text << "out " << output->name() << '\n';
  std::set<std::string> values;
  for (const Value* value : graph.values()) {
    std::string line =
        value->name() + " " + type_of(*value) + value->doc() + (value->has_type_info_in_file() ? " stated" : "");
    values.insert(line + (value->is_initializer() ? " initializer" : ""));
  }
  for (const std::string& line : values) text << line << '\n';
  for (const Node* node : graph.nodes()) {
    text << node->name() << ' ' << node->domain() << '.' << node->op() << node->overload() << node->doc() << " (";
    for (int i = 0; i < node->input_count(); ++i) text << node->input(i).name() << ',';
    text << ") -> ";
    for (int i = 0; i < node->output_count(); ++i) text << node->output(i).name() << ',';
    for (const auto& [name, attribute] : node->attributes()) text << ' ' << name << ':' << attribute.index();
    for (const auto& [key, value] : node->metadata()) text << ' ' << key << '=' << value;
    text << '\n';
    for (const Graph* subgraph : node->subgraphs()) text << "{\n" << summary(*subgraph) << "}\n";
  }
  return text.str();
}

inline void expect_same(const Graph& before, const Graph& after) {
  EXPECT_EQ(summary(before), summary(after));
  for (const Value* value : before.initializers()) {
    const Value* other = after.find_value(value->name());
    ASSERT_TRUE(other && other->constant()) << value->name();
    EXPECT_TRUE(*value->constant() == *other->constant()) << value->name();
  }
  for (const Node* node : before.nodes()) {
    if (node->op() != "Constant" || !node->output(0).constant()) continue;
    const Value* other = after.find_value(node->output(0).name());
    ASSERT_TRUE(other && other->constant()) << node->label();
    EXPECT_TRUE(*node->output(0).constant() == *other->constant()) << node->label();
  }
}

inline std::filesystem::path shared_data() { return std::filesystem::path(QUOIN_SOURCE_DIR) / "../shared/data"; }

}  // namespace quoin
