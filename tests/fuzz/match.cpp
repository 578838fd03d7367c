// A pattern against a graph: the bytes up to the first 0 are a pattern file, what follows says which nodes the graph
// has.
#include <array>

#include "harness.h"
#include "mutate_text.h"
#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/pattern_toml.h"
#include "quoin/transform.h"

namespace {

using namespace quoin;

constexpr std::array<const char*, 12> kOps = {
    "Relu",    "Conv",      "Add",     "Mul",    "MatMul",   "BatchNormalization",
    "Sigmoid", "Transpose", "MaxPool", "Concat", "Identity", "Gemm"};
constexpr size_t kMostNodes = 40;

// Three bytes a node: the operator, and where its first two inputs come from. Shapes are not said: matching is by
// structure.
Graph graph_of(std::string_view bytes) {
  Graph graph;
  Edit edit(graph);
  edit.set_opset("", 17);
  std::vector<Value*> values = {&edit.add_input("x", DataType::kFloat, std::nullopt),
                                &edit.add_initializer("w", Tensor::scalar(0.5F))};
  for (size_t at = 0; at + 2 < bytes.size() && at / 3 < kMostNodes; at += 3) {
    const auto pick = [&](size_t place) { return static_cast<unsigned char>(bytes[place]); };
    const char* op = kOps[pick(at) % kOps.size()];
    const std::string_view name = op;
    const size_t inputs = name == "BatchNormalization"                                             ? 5
                          : name == "Conv" || name == "Gemm"                                       ? 3
                          : name == "Add" || name == "Mul" || name == "MatMul" || name == "Concat" ? 2
                                                                                                   : 1;
    NodeSpec spec{.op = op};
    for (size_t i = 0; i < inputs; ++i) {
      spec.inputs.push_back(i == 0 ? values[pick(at + 1) % values.size()]
                                   : values[(pick(at + 2) + (i - 1) / 2) % values.size()]);
    }
    values.push_back(edit.add_node(spec, {"v"}).output_or_null(0));
  }
  edit.add_output(*values.back());
  return graph;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const size_t end = text.find('\0');
  if (end == std::string_view::npos) return 0;
  fuzz::answered([&] {
    const PatternFile file = parse_pattern_file(text.substr(0, end), "fuzz.toml");
    const Graph graph = graph_of(text.substr(end + 1));
    PatternList list;
    list.name = "fuzz";
    for (const PatternRef& pattern : file.patterns) list.add(pattern);
    transform(graph, list, {.most_conversions = 200, .most_at_one_place = 20, .verify_each = true});
  });
  return 0;
}

// Half of the mutations leave the pattern as it is and change the graph.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  const size_t end = fuzz::text_of(data, size).find('\0');
  if (seed % 2 == 0 || end == std::string_view::npos || end + 1 >= most)
    return fuzz::mutate_text(data, size, most, seed);
  const size_t graph = end + 1;
  return graph + LLVMFuzzerMutate(data + graph, size - graph, most - graph);
}
