// Stands in for libonnxruntime.so: has the entry point, and what QUOIN_BROKEN_ENGINE says is wrong with it.
#include <csignal>
#include <cstdlib>
#include <cstring>

extern "C" __attribute__((visibility("default"))) const void* OrtGetApiBase() {
  const char* how = std::getenv("QUOIN_BROKEN_ENGINE");
  if (how && std::strcmp(how, "dies") == 0) std::raise(SIGFPE);
  return nullptr;
}
