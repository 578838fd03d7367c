// A state file of tune: read, written and read again as the same.
#include "harness.h"
#include "measure/tune/state.h"
#include "mutate_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  const std::string path = fuzz::scratch_file(fuzz::text_of(data, size), "state.json");
  fuzz::answered([&] {
    const std::string text = TuneState(path, {}).text();
    const std::string again = fuzz::scratch_file(text, "again.json");
    fuzz::require(fuzz::answered([&] { fuzz::require(TuneState(again, {}).text() == text); }));
  });
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  return quoin::fuzz::mutate_text(data, size, most, seed);
}
