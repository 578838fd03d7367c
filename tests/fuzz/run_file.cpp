// A run file of --report: checked, and made a page.
#include "harness.h"
#include "quoin/report.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  fuzz::answered([&] { html_report(fuzz::text_of(data, size), "run.json"); });
  return 0;
}
