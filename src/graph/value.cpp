#include <fmt/format.h>
#include <fmt/ranges.h>

#include "quoin/graph.h"

namespace quoin {
namespace {

std::string shown(const Value& value) { return value.exists() ? "'" + value.name() + "'" : "a missing input"; }

std::string shown(const Dim& dim) {
  if (dim.known()) return std::to_string(dim.value);
  return dim.name.empty() ? "unknown" : "'" + dim.name + "'";
}

}  // namespace

DataType Value::type() const {
  if (ReadLog::active()) {
    const auto text = type_ == DataType::kUndefined ? "unknown" : to_string(type_);
    ReadLog::note(fmt::format("type of {} is {}", shown(*this), text));
  }
  return type_;
}

bool Value::has_rank() const { return rank() >= 0; }

int Value::rank() const {
  const int rank = has_rank_ ? static_cast<int>(dims_.size()) : -1;
  if (ReadLog::active()) {
    ReadLog::note(fmt::format("rank of {} is {}", shown(*this), rank >= 0 ? std::to_string(rank) : "unknown"));
  }
  return rank;
}

int64_t Value::dim(int axis) const {
  const int rank = static_cast<int>(dims_.size());
  const int index = axis < 0 ? axis + rank : axis;
  const Dim dim = has_rank_ && index >= 0 && index < rank ? dims_[static_cast<size_t>(index)] : Dim{};
  if (ReadLog::active()) ReadLog::note(fmt::format("dim {} of {} is {}", axis, shown(*this), shown(dim)));
  return dim.known() ? dim.value : -1;
}

std::optional<Shape> Value::static_shape() const {
  std::optional<Shape> shape;
  if (has_rank_) {
    shape.emplace();
    for (const Dim& dim : dims_) {
      if (!dim.known()) {
        shape.reset();
        break;
      }
      shape->push_back(dim.value);
    }
  }
  if (ReadLog::active()) {
    std::vector<std::string> texts;
    for (const Dim& dim : dims_) texts.push_back(shown(dim));
    const std::string text = has_rank_ ? fmt::format("[{}]", fmt::join(texts, ", ")) : "unknown";
    ReadLog::note(fmt::format("shape of {} is {}", shown(*this), text));
  }
  return shape;
}

const Tensor* Value::constant() const {
  const Tensor* tensor = nullptr;
  if (initializer_) {
    tensor = &*initializer_;
  } else if (producer_ && producer_->constant_) {
    tensor = &*producer_->constant_;
  } else if (outer_) {
    tensor = outer_->constant();
  }
  if (ReadLog::active()) ReadLog::note(fmt::format("{} is {}", shown(*this), tensor ? "a constant" : "not a constant"));
  return tensor;
}

}  // namespace quoin
