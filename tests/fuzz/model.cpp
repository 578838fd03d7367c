// A model file of a stranger: loaded, checked, its shapes inferred, its constants folded, written and read again.
#include "harness.h"
#include "mutate_message.h"
#include "onnx/proto.h"
#include "quoin/model_io.h"
#include "quoin/patterns.h"
#include "quoin/transform.h"

namespace {

// Every conversion, those that fold constants among them, in eight lists: all of them on each input would take a second
// of an instrumented build.
const quoin::PatternList& some_conversions(std::string_view bytes) {
  static const std::vector<quoin::PatternList> lists = [] {
    std::vector<quoin::PatternList> made(8);
    size_t next = 0;
    for (quoin::PatternList& list : made) list.name = "conversions";
    for (const quoin::PatternRef& pattern : quoin::builtin_patterns()) {
      if (pattern->kind() == quoin::PatternKind::kConversion) made[next++ % made.size()].add(pattern);
    }
    return made;
  }();
  return lists[std::hash<std::string_view>()(bytes) % lists.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  fuzz::answered([&] {
    const std::string_view bytes = fuzz::text_of(data, size);
    const Graph graph = load_bytes(bytes);
    const std::string written = serialize(graph);
    // What was loaded is written and loads again as the same.
    fuzz::require(fuzz::answered([&] { fuzz::require(serialize(load_bytes(written)) == written); }));
    fuzz::answered([&] { serialize(transform(graph, some_conversions(bytes), {.verify_each = false}).graph); });
  });
  return 0;
}

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  return quoin::fuzz::mutate_bytes<onnx::ModelProto>(data, size, most, seed, LLVMFuzzerMutate);
}
