// A target file.
#include "harness.h"
#include "mutate_text.h"
#include "quoin/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  const std::string path = fuzz::scratch_file(fuzz::text_of(data, size), "target.toml");
  fuzz::answered([&] { load_target(path); });
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  return quoin::fuzz::mutate_text(data, size, most, seed);
}
