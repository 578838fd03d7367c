// A plan: parsed, written and parsed again as the same.
#include "harness.h"
#include "mutate_text.h"
#include "quoin/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  fuzz::answered([&] {
    const Plan plan = parse_plan(fuzz::text_of(data, size), "fuzz.toml");
    fuzz::answered([&] {
      const std::string text = to_toml(plan);
      fuzz::require(fuzz::answered([&] { fuzz::require(to_toml(parse_plan(text, "again.toml")) == text); }));
    });
  });
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  return quoin::fuzz::mutate_text(data, size, most, seed);
}
