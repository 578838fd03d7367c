#include "report/check_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace quoin {
namespace {

void check_texts(const JsonField& list) {
  for (const JsonField& text : list.items()) text.text();
}

void check_index(const JsonField& index, size_t size, const char* what) {
  if (index.count() >= size) index.fail(fmt::format("is {}, and there are {} {}", index.count(), size, what));
}

void check_kernel(const JsonField& kernel) {
  kernel.at("node").text();
  kernel.at("op").text();
  kernel.at("integer").flag();
  kernel.at("conversion").flag();
  kernel.flag("by_place", false);
  kernel.at("microseconds").number();
  kernel.at("boxes").count();
}

void check_tensor(const JsonField& tensor) {
  for (const char* key : {"value", "precision", "method"}) tensor.at(key).text();
  for (const char* key : {"least_scale", "largest_scale", "zero_point", "low", "high", "conversion_microseconds"})
    tensor.at(key).number();
  tensor.at("scales").count();
  tensor.at("conversion_kernels").count();
  const JsonField seen = tensor.at("seen");
  seen.at("min").number();
  seen.at("max").number();
  for (const JsonField& count : seen.at("counts").items()) count.count();
}

void check_point(const JsonField& point, size_t tensors) {
  for (const char* key : {"point", "value", "precision", "reason"}) point.at(key).text();
  point.at("open").flag();
  if (point.has("tensor")) check_index(point.at("tensor"), tensors, "tensors");
}

template <size_t N>
void check_word(const JsonField& word, const std::array<std::string_view, N>& words) {
  if (std::find(words.begin(), words.end(), word.text()) == words.end())
    word.fail(fmt::format("is '{}', which is none of {}", word.text(), fmt::join(words, ", ")));
}

void check_box(const JsonField& box, size_t tensors) {
  constexpr std::array<std::string_view, 4> kKinds = {"unit", "glue", "input", "output"};
  constexpr std::array<std::string_view, 5> kReals = {"unknown", "integer", "mixed", "float", "absorbed"};
  check_word(box.at("kind"), kKinds);
  check_word(box.at("real"), kReals);
  for (const char* key : {"name", "pattern", "why", "body", "planned"}) box.at(key).text();
  for (const char* key : {"microseconds", "float_microseconds"}) box.at(key).number();
  for (const char* key : {"origins", "misses", "lost"}) check_texts(box.at(key));
  for (const JsonField& node : box.at("nodes").items()) {
    node.at("name").text();
    node.at("op").text();
  }
  box.number("sqnr_db", 0);
  for (const JsonField& point : box.at("points").items()) check_point(point, tensors);
  for (const JsonField& kernel : box.at("kernels").items()) check_kernel(kernel);
}

}  // namespace

void check_picture(const JsonField& picture) {
  for (const char* key : {"name", "list", "engine", "sqnr_data"}) picture.at(key).text();
  for (const char* key : {"microseconds", "float_microseconds"}) picture.at(key).number();
  const std::vector<JsonField> boxes = picture.at("boxes").items(), tensors = picture.at("tensors").items();
  for (const JsonField& tensor : tensors) check_tensor(tensor);
  for (const JsonField& box : boxes) check_box(box, tensors.size());
  for (const JsonField& edge : picture.at("edges").items()) {
    edge.at("value").text();
    check_index(edge.at("from"), boxes.size(), "boxes");
    check_index(edge.at("to"), boxes.size(), "boxes");
    if (edge.has("tensor")) check_index(edge.at("tensor"), tensors.size(), "tensors");
  }
}

}  // namespace quoin
