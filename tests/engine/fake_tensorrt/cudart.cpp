// The few functions of CUDA's runtime that run_model.py calls, with the host's memory as the device's, for tests on
// machines without a GPU. Times are made up: every inference takes 1.5 ms.
#include <cstdlib>
#include <cstring>

extern "C" {

int cudaSetDeviceFlags(unsigned) { return 0; }
int cudaGetDeviceProperties(void* properties, int) {
  std::strcpy(static_cast<char*>(properties), "Fake GPU");
  return 0;
}
const char* cudaGetErrorString(int) { return "an error"; }
int cudaGetLastError() { return 0; }
int cudaMalloc(void** memory, size_t size) {
  *memory = std::calloc(size, 1);
  return 0;
}
int cudaMemcpy(void* to, const void* from, size_t size, int) {
  std::memcpy(to, from, size);
  return 0;
}
static int handle(void** made) {
  static char anything;
  *made = &anything;
  return 0;
}
int cudaStreamCreate(void** stream) { return handle(stream); }
int cudaEventCreate(void** event) { return handle(event); }
int cudaStreamSynchronize(void*) { return 0; }
int cudaEventSynchronize(void*) { return 0; }
int cudaEventRecord(void*, void*) { return 0; }
int cudaEventElapsedTime(float* milliseconds, void*, void*) {
  *milliseconds = 1.5F;
  return 0;
}
int cudaStreamBeginCapture(void*, int) { return 0; }
int cudaStreamEndCapture(void*, void** graph) { return handle(graph); }
int cudaGraphInstantiateWithFlags(void** launched, void*, unsigned long long) { return handle(launched); }
int cudaGraphLaunch(void*, void*) { return 0; }

}  // extern "C"
