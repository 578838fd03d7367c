// Numbers and places as the text reports write them.
#pragma once

#include <string>

#include "quoin/measure.h"

namespace quoin {

std::string mebibytes(size_t bytes);                         // "1.07"
std::string decibels(double db);                             // "38.2", "inf"
std::string small_number(double value);                      // "1.2e-06", "0"
std::string plural(size_t count, const std::string& thing);  // "1 unit", "2 units"
std::string point_text(const PointPlace& point);             // "weight of Conv 'conv1'"-like: "input 0 of conv1 (x)"
// "CPU AMD EPYC (AVX2), onnxruntime 1.32.0", and the engine's note on a line of its own where it has one.
std::string machine_text(const std::string& cpu, const std::string& engine, const std::string& note);
// "1 thread, 60 interleaved rounds, input 1x3x32x32 float"
std::string timing_text(int threads, int rounds, const std::string& input);

}  // namespace quoin
