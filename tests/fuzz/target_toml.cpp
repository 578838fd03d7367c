// A target file.
#include "harness.h"
#include "quoin/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  const std::string path = fuzz::scratch_file(fuzz::text_of(data, size), "target.toml");
  fuzz::answered([&] { load_target(path); });
  return 0;
}
