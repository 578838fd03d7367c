// A run file of --report: checked, and made a page.
#include "harness.h"
#include "mutate_text.h"
#include "quoin/report.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  fuzz::answered([&] { html_report(fuzz::text_of(data, size), "run.json"); });
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  return quoin::fuzz::mutate_text(data, size, most, seed);
}
