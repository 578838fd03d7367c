// A NumPy array: its header, its first and its last sample.
#include "calibrate/npy.h"

#include "calibrate/byte_source.h"
#include "harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  fuzz::answered([&] {
    const NpyArray array(memory_source(std::string(fuzz::text_of(data, size))), "fuzz.npy");
    if (array.samples() == 0) return;
    array.sample(0);
    array.sample(array.samples() - 1);
  });
  return 0;
}
