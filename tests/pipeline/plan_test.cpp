// A plan on its way through quantization.
#include "quoin/plan.h"

#include <gmock/gmock.h>

#include "quantize/emitted.h"

namespace quoin {
namespace {

using testing::HasSubstr;

struct Job {
  Target target;
  Graph model = resnet_block();
  TransformResult transformed;
  Plan plan;

  explicit Job(const std::string& name) : target(load_target(name)) {
    transformed = transform(model, target.smart);
    plan = make_plan(model, transformed.matches);
  }
  PlanMatch& match_of(const std::string& node) {
    for (PlanMatch& match : plan.matches) {
      if (std::find(match.nodes.begin(), match.nodes.end(), node) != match.nodes.end()) return match;
    }
    ADD_FAILURE() << "no match has " << node;
    return plan.matches.front();
  }
  // Through the file that a person would edit.
  std::string places() {
    apply_plan(parse_plan(to_toml(plan)), model, transformed.matches);
    QuantizedModel quantized = insert_qdq(transformed.graph, transformed.matches, target);
    give_ranges(quantized, -1, 1);
    return qdq_places(emit(quantized).graph);
  }
};

TEST(PlannedQuantization, APlanAsMadeChangesNothing) {
  for (const std::string& name : builtin_target_names()) {
    Job planned(name), plain(name);
    QuantizedModel quantized = insert_qdq(plain.transformed.graph, plain.transformed.matches, plain.target);
    give_ranges(quantized, -1, 1);
    EXPECT_EQ(planned.places(), qdq_places(emit(quantized).graph)) << name;
  }
}

TEST(PlannedQuantization, AMatchThatIsOffStaysFloatAndClaimed) {
  for (const bool by_precision : {false, true}) {
    Job job("onnxruntime-cpu");
    PlanMatch& match = job.match_of("conv1");
    if (by_precision) {
      match.precision = "float";
    } else {
      match.apply = false;
    }
    const std::string places = job.places();
    // What it reads is quantized by the unit that gives it, for all readers.
    EXPECT_THAT(places, HasSubstr("Conv conv1(q, const, const)\nRelu relu1(x)"));
    EXPECT_THAT(places, HasSubstr("Conv stem(q, int8[0], int32[0])"));
    EXPECT_THAT(places, HasSubstr("Conv shortcut(q, int8[0], int32[0])"));
    EXPECT_NE(job.transformed.matches.unit_of_node("conv1"), nullptr);
  }
}

TEST(PlannedQuantization, APointThatIsOffIsNotWritten) {
  Job job("tensorrt");
  for (PlanPoint& point : job.match_of("add").points) {
    if (point.point.starts_with("residual(")) point.apply = false;
  }
  Job whole("tensorrt");
  EXPECT_THAT(whole.places(), HasSubstr("q"));
  apply_plan(job.plan, job.model, job.transformed.matches);
  const QuantizedModel quantized = insert_qdq(job.transformed.graph, job.transformed.matches, job.target);
  for (const QdqTensor& tensor : quantized.tensors) {
    for (const QdqEdge& edge : tensor.edges) EXPECT_NE(edge.role, Role::kResidual) << tensor.value;
  }
  bool told = false;
  for (const ClosedPoint& closed : quantized.closed)
    told = told || (closed.point == "residual(add)" && closed.reason == "left float by the plan");
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace quoin
