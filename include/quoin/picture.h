// Picture: one quantized model as a person wants to see it: its units and what lies between them, what was planned for
// each, what ran, what it cost and how wrong it is. What the report draws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quoin/pipeline.h"

namespace quoin {

// Counts of equally wide bins from `min` to `max`; no counts where there was no value.
struct LinearHistogram {
  float min = 0, max = 0;
  std::vector<double> counts;
};
// A bucket that lies in several bins is spread over them evenly.
LinearHistogram linear_histogram(const Histogram& histogram, float min, float max, size_t bins = 48);

// Something that is quantized: an activation in one number format, or a weight.
struct PictureTensor {
  std::string value, precision;  // "uint8", "int8 per_channel"
  std::string method;            // of an activation's range; "" for a weight
  size_t scales = 0;             // 1 for an activation; 0: not found in the file
  float least_scale = 0, largest_scale = 0;
  int32_t zero_point = 0;      // of an activation
  double low = 0, high = 0;    // what an activation's integers reach; 0, 0 for a weight
  LinearHistogram seen;        // the values, with their extremes
  int conversion_kernels = 0;  // Q and DQ of it that ran as kernels of their own
  double conversion_microseconds = 0;
};

// A declared Q/DQ point of a unit.
struct PicturePoint {
  std::string point;  // "input(conv1)"
  std::string value;  // "": of a bias
  std::string precision, reason;
  bool open = false;
  std::optional<size_t> tensor;  // of ModelPicture::tensors
};

// A kernel that ran. `share`: of the time of all kernels. `boxes`: how many boxes it computes, which share its time.
// `by_place`: its name says nothing, and it was put where it stands in the order of execution.
struct PictureKernel {
  std::string node, op;
  bool integer = false, conversion = false;
  double microseconds = 0, share = 0;
  size_t boxes = 1;
  bool by_place = false;
};

struct PictureNode {
  std::string name, op;
};

// What ran of a box.
enum class RealPrecision {
  kUnknown,  // nothing was measured
  kInteger,
  kMixed,  // integer and float kernels
  kFloat,
  kAbsorbed,  // no kernel has its nodes' names: folded away, or computed inside another one
};
std::string_view to_string(RealPrecision precision);  // "unknown", "integer", "mixed", "float", "absorbed"

struct PictureBox {
  // kUnit: what a fusion made. kGlue: float nodes between units, those that only read one another together. kInput,
  // kOutput: of the graph.
  enum class Kind { kUnit, kGlue, kInput, kOutput } kind = Kind::kGlue;
  std::string name;          // of the unit, of the first node, of the graph's input or output
  std::string pattern, why;  // of a unit
  std::string body;          // path of the subgraph that it is in (body.h); "": the main graph
  std::vector<PictureNode> nodes;
  std::vector<std::string> origins;  // nodes of the model as loaded
  std::string planned;               // "float", or what its open points are: "uint8, int8 per_channel"
  RealPrecision real = RealPrecision::kUnknown;
  double microseconds = 0;        // its share of the kernels' time, conversions too
  double float_microseconds = 0;  // of the float model's kernels that bear its nodes' names; 0: none does
  std::optional<double> sqnr_db;  // simulated, the worst of what it gives; infinite where nothing changes
  std::vector<PicturePoint> points;
  std::vector<PictureKernel> kernels;
  std::vector<std::string> misses;  // patterns that were tried here and did not hold, the nearest first
  std::vector<std::string> lost;    // patterns that held here and came later in the list
};
std::string_view to_string(PictureBox::Kind kind);  // "unit", "glue", "input", "output"

// A value that one box gives and another reads. `tensor`: the Q/DQ pair that stands there.
struct PictureEdge {
  size_t from = 0, to = 0;
  std::string value;
  std::optional<size_t> tensor;
};

struct ModelPicture {
  std::string name, list;                           // of the row of the table; of the patterns
  std::string engine;                               // what the kernels are of; "": nothing was timed
  std::string sqnr_data;                            // what the SQNR was measured on; "": it was not
  double microseconds = 0, float_microseconds = 0;  // of all kernels
  std::vector<PictureBox> boxes;                    // in the graph's order
  std::vector<PictureEdge> edges;
  std::vector<PictureTensor> tensors;
  std::vector<PictureKernel> elsewhere;  // kernels whose names are those of no box
};

struct PictureOptions {
  const Engine* engine = nullptr;      // whose kernels are looked at; null: none, real precisions are unknown
  const Engine* simulation = nullptr;  // computes Q/DQ in float; null: `engine` does, or no SQNR where that is null too
  int run_threads = 1;                 // of the profiled runs
  int threads = 0;                     // samples in parallel
  size_t samples = 16;                 // of the data, for the SQNR
};
// `made`: of quantize_model(model, target, …) with `list`; `data`: fits the model.
ModelPicture draw_model(const std::string& name, const Graph& model, const PatternList& list,
                        const QuantizeResult& made, const Dataset& data, const PictureOptions& options = {});

}  // namespace quoin
