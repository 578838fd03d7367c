// A tensor of ONNX's test data.
#include "harness.h"
#include "mutate_message.h"
#include "onnx/proto.h"
#include "onnx/tensor_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  const std::string path = fuzz::scratch_file(fuzz::text_of(data, size), "input_0.pb");
  fuzz::answered([&] { load_tensor_proto(path); });
  return 0;
}

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  return quoin::fuzz::mutate_bytes<onnx::TensorProto>(data, size, most, seed, LLVMFuzzerMutate);
}
