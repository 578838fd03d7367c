// Whether the system gives an engine its threads.
#pragma once

namespace quoin {

// Makes `count` threads at once and lets them go. Engines that get fewer than they want wait for the others without
// end (ONNX Runtime), or die. Throws Error(kBadInput) that says how many there are.
void check_threads(int count);

}  // namespace quoin
