// A model file of a stranger: loaded, checked, its shapes inferred, its constants folded, written and read again.
#include "harness.h"
#include "mutate_message.h"
#include "onnx/proto.h"
#include "quoin/model_io.h"
#include "quoin/patterns.h"
#include "quoin/transform.h"

namespace {

// Every conversion, those that fold constants among them.
const quoin::PatternList& conversions() {
  static const quoin::PatternList list = [] {
    quoin::PatternList made;
    made.name = "conversions";
    for (const quoin::PatternRef& pattern : quoin::builtin_patterns()) {
      if (pattern->kind() == quoin::PatternKind::kConversion) made.add(pattern);
    }
    return made;
  }();
  return list;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  fuzz::answered([&] {
    const Graph graph = load_bytes(fuzz::text_of(data, size));
    const std::string written = serialize(graph);
    // What was loaded is written and loads again as the same.
    fuzz::require(fuzz::answered([&] { fuzz::require(serialize(load_bytes(written)) == written); }));
    fuzz::answered([&] { serialize(transform(graph, conversions(), {.verify_each = false}).graph); });
  });
  return 0;
}

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  return quoin::fuzz::mutate_bytes<onnx::ModelProto>(data, size, most, seed, LLVMFuzzerMutate);
}
