// The part of a run's file that `quoin report` draws. docs/report.md describes it.
#include <cmath>

#include "quoin/report.h"
#include "report/json.h"

namespace quoin {
namespace {

Json tensor_json(const PictureTensor& tensor) {
  Json counts = Json::array();
  for (const double count : tensor.seen.counts) counts.push_back(std::llround(count));
  return Json{{"value", tensor.value},
              {"precision", tensor.precision},
              {"method", tensor.method},
              {"scales", tensor.scales},
              {"least_scale", number(tensor.least_scale)},
              {"largest_scale", number(tensor.largest_scale)},
              {"zero_point", tensor.zero_point},
              {"low", number(tensor.low)},
              {"high", number(tensor.high)},
              {"seen", {{"min", number(tensor.seen.min)}, {"max", number(tensor.seen.max)}, {"counts", counts}}},
              {"conversion_kernels", tensor.conversion_kernels},
              {"conversion_microseconds", number(tensor.conversion_microseconds)}};
}

Json kernel_json(const PictureKernel& kernel) {
  return Json{{"node", kernel.node},
              {"op", kernel.op},
              {"integer", kernel.integer},
              {"conversion", kernel.conversion},
              {"microseconds", number(kernel.microseconds)},
              {"share", number(kernel.share)},
              {"boxes", kernel.boxes},
              {"by_place", kernel.by_place}};
}

Json point_json(const PicturePoint& point) {
  Json json{{"point", point.point},
            {"value", point.value},
            {"open", point.open},
            {"precision", point.precision},
            {"reason", point.reason}};
  if (point.tensor) json["tensor"] = *point.tensor;
  return json;
}

Json box_json(const PictureBox& box) {
  Json nodes = Json::array(), points = Json::array(), kernels = Json::array();
  for (const PictureNode& node : box.nodes) nodes.push_back({{"name", node.name}, {"op", node.op}});
  for (const PicturePoint& point : box.points) points.push_back(point_json(point));
  for (const PictureKernel& kernel : box.kernels) kernels.push_back(kernel_json(kernel));
  Json json{{"kind", to_string(box.kind)},
            {"name", box.name},
            {"pattern", box.pattern},
            {"why", box.why},
            {"body", box.body},
            {"nodes", std::move(nodes)},
            {"origins", box.origins},
            {"planned", box.planned},
            {"real", to_string(box.real)},
            {"microseconds", number(box.microseconds)},
            {"float_microseconds", number(box.float_microseconds)},
            {"points", std::move(points)},
            {"kernels", std::move(kernels)},
            {"misses", box.misses},
            {"lost", box.lost}};
  if (box.sqnr_db) json["sqnr_db"] = number(*box.sqnr_db);
  return json;
}

Json picture_json(const ModelPicture& picture) {
  Json boxes = Json::array(), edges = Json::array(), tensors = Json::array(), elsewhere = Json::array();
  for (const PictureBox& box : picture.boxes) boxes.push_back(box_json(box));
  for (const PictureEdge& edge : picture.edges) {
    edges.push_back({{"from", edge.from}, {"to", edge.to}, {"value", edge.value}});
    if (edge.tensor) edges.back()["tensor"] = *edge.tensor;
  }
  for (const PictureTensor& tensor : picture.tensors) tensors.push_back(tensor_json(tensor));
  for (const PictureKernel& kernel : picture.elsewhere) elsewhere.push_back(kernel_json(kernel));
  return Json{{"name", picture.name},
              {"list", picture.list},
              {"engine", picture.engine},
              {"sqnr_data", picture.sqnr_data},
              {"microseconds", number(picture.microseconds)},
              {"float_microseconds", number(picture.float_microseconds)},
              {"boxes", std::move(boxes)},
              {"edges", std::move(edges)},
              {"tensors", std::move(tensors)},
              {"elsewhere", std::move(elsewhere)}};
}

}  // namespace

std::string json_report(const std::vector<ModelPicture>& pictures) {
  Json made = Json::array();
  for (const ModelPicture& picture : pictures) made.push_back(picture_json(picture));
  return dump(Json{{"pictures", std::move(made)}});
}

}  // namespace quoin
