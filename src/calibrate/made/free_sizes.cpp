#include "calibrate/made/free_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace quoin {
namespace {

constexpr int64_t kMostOfAnImage = 1024;  // where two sizes of an input or more are free
constexpr int64_t kMostOfAVolume = 128;   // three or more
constexpr int64_t kMostTokens = 2048;     // of an input of whole numbers: attention takes the square

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  size_t from = 0;
  for (size_t at = text.find(by); at != std::string::npos; at = text.find(by, from)) {
    parts.push_back(text.substr(from, at - from));
    from = at + by.size();
  }
  parts.push_back(text.substr(from));
  return parts;
}

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(" ()"));
  text.erase(text.find_last_not_of(" ()") + 1);
  return text;
}

std::optional<int64_t> number(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool says_batch(const std::string& name) {
  return name == "N" || name == "n" || name == "B" || name == "b" || name == "bs" ||
         name.find("batch") != std::string::npos || name.find("Batch") != std::string::npos;
}

}  // namespace

size_t FreeSizes::variable(const std::string& name) {
  const auto [found, is_new] = by_name_.emplace(name, sizes_.size());
  if (is_new) sizes_.push_back({name, says_batch(name)});
  if (!is_new) shared_ = true;
  return found->second;
}

FreeSizes::Sum FreeSizes::parse(const std::string& name) {
  Sum sum;
  // A division is left as a name of its own.
  if (name.find('/') != std::string::npos) return {{1, {variable(name)}}};
  int64_t sign = 1;
  for (const std::string& part : split(name, " + ")) {
    sign = 1;
    for (const std::string& term : split(part, " - ")) {
      Term made{sign, {}};
      for (const std::string& factor : split(term, "*")) {
        const std::string text = trimmed(factor);
        if (const std::optional<int64_t> value = number(text)) {
          made.factor *= *value;
        } else {
          made.variables.push_back(variable(text));
        }
      }
      sum.push_back(std::move(made));
      sign = -1;
    }
  }
  return sum;
}

FreeSizes::FreeSizes(const Graph& graph, int rank, bool by_place) {
  for (const Value* value : graph.required_inputs()) {
    std::vector<Dim> dims = value->dims();
    if (!value->has_rank()) dims.assign(static_cast<size_t>(rank), Dim{});
    const bool whole_numbers = value->type() == DataType::kInt64 || value->type() == DataType::kInt32;
    std::vector<Sum> sums;
    std::vector<size_t> used;
    for (size_t axis = 0; axis < dims.size(); ++axis) {
      if (dims[axis].known()) {
        sums.push_back({{dims[axis].value, {}}});
        continue;
      }
      const bool named = !dims[axis].name.empty() && !by_place;
      const size_t known = sizes_.size();
      Sum sum = named ? parse(dims[axis].name)
                      : Sum{{1, {variable(fmt::format("dimension {} of '{}'", axis, value->name()))}}};
      const bool first_of_several = axis == 0 && dims.size() > 1 && sum.size() == 1;
      if (first_of_several && sum[0].variables.size() == 1 && sizes_.size() > known) sizes_.back().batch = true;
      for (const Term& term : sum) {
        for (const size_t variable : term.variables) {
          if (axis > 0 && !says_batch(sizes_[variable].name)) sizes_[variable].batch = false;
          if (axis > 0 || dims.size() == 1) used.push_back(variable);
        }
      }
      sums.push_back(std::move(sum));
    }
    for (const size_t variable : used) {
      int64_t& most = sizes_[variable].most;
      if (used.size() > 1) most = std::min(most, used.size() > 2 ? kMostOfAVolume : kMostOfAnImage);
      if (whole_numbers) most = std::min(most, kMostTokens);
    }
    input_of_.emplace(value, inputs_.size());
    inputs_.push_back(std::move(sums));
  }
}

int64_t FreeSizes::value_of(const Sum& sum, const std::vector<int64_t>& numbers) {
  int64_t total = 0;
  for (const Term& term : sum) {
    int64_t product = term.factor;
    for (const size_t variable : term.variables) product *= numbers[variable];
    total += product;
  }
  return std::max<int64_t>(total, 0);
}

std::vector<Shape> FreeSizes::shapes(const std::vector<int64_t>& numbers) const {
  std::vector<Shape> shapes;
  for (const std::vector<Sum>& sums : inputs_) {
    Shape& shape = shapes.emplace_back();
    for (const Sum& sum : sums) shape.push_back(value_of(sum, numbers));
  }
  return shapes;
}

std::optional<Shape> FreeSizes::dims_of(const Value& value, const std::vector<int64_t>& numbers) const {
  if (const auto input = input_of_.find(&value); input != input_of_.end()) return shapes(numbers)[input->second];
  if (value.constant()) return value.constant()->shape();
  if (!value.has_rank()) return std::nullopt;
  Shape shape;
  for (const Dim& dim : value.dims()) {
    const auto named = dim.known() ? by_name_.end() : by_name_.find(dim.name);
    shape.push_back(named == by_name_.end() ? dim.value : numbers[named->second]);
  }
  return shape;
}

}  // namespace quoin
