// A dataset file, and its first sample where it has one.
#include "harness.h"
#include "quoin/dataset.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  const std::string path = fuzz::scratch_file(fuzz::text_of(data, size), "dataset.toml");
  fuzz::answered([&] {
    const Dataset dataset = load_dataset(path);
    if (dataset.size() > 0) dataset.sample(0);
  });
  return 0;
}
