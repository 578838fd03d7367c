// quoin inspect MODEL
#include <fmt/format.h>

#include <map>

#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quoin/model_io.h"
#include "quoin/report.h"
#include "quoin/transform.h"

namespace quoin::cli {
namespace {

struct InspectArguments {
  std::string model;
  bool json = false;
};

using Counts = std::map<std::string, int>;

// What is in a model.
struct Contents {
  Counts ops;  // "Conv", "com.microsoft::Gelu"
  size_t constants = 0, constant_bytes = 0;
  int64_t constant_values = 0;
  std::map<std::string, Counts> matches;  // by target
};

Contents contents_of(const Graph& model) {
  Contents contents;
  for (const Node* node : model.nodes())
    ++contents.ops[node->domain().empty() ? node->op() : node->domain() + "::" + node->op()];
  for (const Value* value : model.values()) {
    const Tensor* tensor = value->constant();
    if (!tensor) continue;
    ++contents.constants;
    contents.constant_values += tensor->size();
    contents.constant_bytes += tensor->bytes().size();
  }
  for (const std::string& name : builtin_target_names()) {
    contents.matches[name] = transform(model, load_target(name).smart).matches.counts();
  }
  return contents;
}

std::string type_text(const Value& value) {
  std::vector<std::string> dims;
  for (const Dim& dim : value.dims())
    dims.push_back(dim.known() ? std::to_string(dim.value) : dim.name.empty() ? "?" : dim.name);
  return fmt::format("{} {}", to_string(value.type()),
                     !value.has_rank() ? "of unknown rank"
                     : dims.empty()    ? "scalar"
                                       : fmt::format("{}", fmt::join(dims, "x")));
}

std::vector<const Value*> outputs_of(const Graph& model) { return {model.outputs().begin(), model.outputs().end()}; }

std::string matches_text(const std::map<std::string, Counts>& matches) {
  std::vector<std::string> header = {"pattern"};
  std::map<std::string, std::vector<std::string>> rows;
  for (const auto& [target, counts] : matches) {
    for (const auto& [pattern, count] : counts) rows[pattern];
    header.push_back(target);
  }
  if (rows.empty()) return "no pattern of a built-in target's smart list would match\n";
  Table table(header);
  for (const auto& [pattern, unused] : rows) {
    std::vector<std::string> row = {pattern};
    for (const auto& [target, counts] : matches) {
      const auto found = counts.find(pattern);
      row.push_back(found == counts.end() ? "-" : std::to_string(found->second));
    }
    table.add(row);
  }
  return "would match, by the smart list of each target:\n" + table.text();
}

std::string text_of(const Graph& model, const Contents& contents, const std::string& path) {
  std::string text = fmt::format("{}: {} nodes, {} constants with {} values ({:.2f} MiB)\n", path, model.node_count(),
                                 contents.constants, contents.constant_values,
                                 static_cast<double>(contents.constant_bytes) / (1024.0 * 1024.0));
  std::vector<std::string> opsets;
  for (const auto& [domain, version] : model.opsets())
    opsets.push_back(fmt::format("{} {}", domain.empty() ? "ai.onnx" : domain, version));
  text += fmt::format("opset {}; IR version {}\n", fmt::join(opsets, ", "), model.ir_version());
  for (const Value* value : model.required_inputs())
    text += fmt::format("input  {}: {}\n", value->name(), type_text(*value));
  for (const Value* value : outputs_of(model)) text += fmt::format("output {}: {}\n", value->name(), type_text(*value));
  Table ops({"operator", "nodes"});
  for (const auto& [op, count] : contents.ops) ops.add({op, std::to_string(count)});
  return text + "\n" + ops.text() + "\n" + matches_text(contents.matches);
}

Json ports_json(const std::vector<const Value*>& values) {
  Json ports = Json::array();
  for (const Value* value : values) {
    Json dims = Json::array();
    for (const Dim& dim : value->dims())
      dims.push_back(dim.known() ? Json(dim.value) : dim.name.empty() ? Json(nullptr) : Json(dim.name));
    ports.push_back({{"name", value->name()},
                     {"type", to_string(value->type())},
                     {"dims", value->has_rank() ? dims : Json(nullptr)}});
  }
  return ports;
}

Json json_of(const Graph& model, const Contents& contents, const std::string& path) {
  Json opsets = Json::object();
  for (const auto& [domain, version] : model.opsets()) opsets[domain.empty() ? "ai.onnx" : domain] = version;
  return Json{
      {"model", path},
      {"nodes", model.node_count()},
      {"opsets", std::move(opsets)},
      {"ir_version", model.ir_version()},
      {"inputs", ports_json(model.required_inputs())},
      {"outputs", ports_json(outputs_of(model))},
      {"constants",
       {{"count", contents.constants}, {"values", contents.constant_values}, {"bytes", contents.constant_bytes}}},
      {"operators", contents.ops},
      {"would_match", contents.matches}};
}

void inspect(const InspectArguments& options) {
  const Graph model = load(options.model);
  const Contents contents = contents_of(model);
  if (options.json) {
    print_json(json_of(model, contents, options.model));
  } else {
    print(text_of(model, contents, options.model));
  }
}

}  // namespace

void add_inspect(CLI::App& app) {
  const auto options = std::make_shared<InspectArguments>();
  CLI::App* verb = app.add_subcommand("inspect", "what is in a model, and which patterns would match");
  verb->add_option("MODEL", options->model, "an ONNX file")->required();
  add_json_option(*verb, options->json);
  verb->footer("Example: quoin inspect resnet50.onnx");
  verb->callback([options] { inspect(*options); });
}

}  // namespace quoin::cli
