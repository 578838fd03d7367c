// An archive of NumPy arrays: its first and its last sample.
#include "calibrate/readers.h"
#include "harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  const std::string path = fuzz::scratch_file(fuzz::text_of(data, size), "fuzz.npz");
  fuzz::answered([&] {
    const Dataset dataset = read_npz(path);
    if (dataset.size() == 0) return;
    dataset.sample(0);
    dataset.sample(dataset.size() - 1);
  });
  return 0;
}
