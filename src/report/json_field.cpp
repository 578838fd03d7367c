#include "report/json_field.h"

#include <fmt/format.h>

#include "quoin/error.h"

namespace quoin {

void JsonField::fail(const std::string& what) const {
  throw Error(ErrorCode::kBadInput, fmt::format("{} {}", path_.empty() ? "the whole" : path_, what),
              "the file was changed or cut off: write it again with --report", *file_);
}

bool JsonField::has(const char* key) const { return json_->is_object() && json_->contains(key); }

bool JsonField::holds(const char* key) const { return has(key) && !(*json_)[key].is_null(); }

JsonField JsonField::at(const char* key) const {
  if (!json_->is_object()) fail("is no object");
  const std::string path = path_.empty() ? key : fmt::format("{}.{}", path_, key);
  if (!json_->contains(key)) JsonField(*json_, path, *file_).fail("is missing");
  return {(*json_)[key], path, *file_};
}

std::vector<JsonField> JsonField::items() const {
  if (!json_->is_array()) fail("is no array");
  std::vector<JsonField> items;
  for (size_t i = 0; i < json_->size(); ++i) items.emplace_back((*json_)[i], fmt::format("{}[{}]", path_, i), *file_);
  return items;
}

std::string JsonField::text() const {
  if (!json_->is_string()) fail("is no text");
  return json_->get<std::string>();
}

double JsonField::number() const {
  if (!json_->is_number()) fail("is no number");
  return json_->get<double>();
}

size_t JsonField::count() const {
  if (!json_->is_number_unsigned()) fail("is no whole number from 0 up");
  return json_->get<size_t>();
}

bool JsonField::flag() const {
  if (!json_->is_boolean()) fail("is neither true nor false");
  return json_->get<bool>();
}

std::string JsonField::text(const char* key, const std::string& otherwise) const {
  return holds(key) ? at(key).text() : otherwise;
}

double JsonField::number(const char* key, double otherwise) const { return holds(key) ? at(key).number() : otherwise; }

bool JsonField::flag(const char* key, bool otherwise) const { return holds(key) ? at(key).flag() : otherwise; }

}  // namespace quoin
