// A pattern file: parsed, its patterns printed and parsed again as the same.
#include "quoin/pattern_toml.h"

#include "harness.h"
#include "mutate_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  fuzz::answered([&] {
    const PatternFile file = parse_pattern_file(fuzz::text_of(data, size), "fuzz.toml");
    for (const PatternRef& pattern : file.patterns) {
      const std::string text = to_toml(*pattern);
      fuzz::require(fuzz::answered([&] {
        const PatternFile again = parse_pattern_file(text, "again.toml");
        fuzz::require(again.patterns.size() == 1 && to_toml(*again.patterns.front()) == text);
      }));
    }
  });
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  return quoin::fuzz::mutate_text(data, size, most, seed);
}
