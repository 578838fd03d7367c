// A place in a JSON file that a person may have changed: every read says where it is and what is wrong there.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/json.h"

namespace quoin {

class JsonField {
 public:
  // `file`: for messages.
  JsonField(const Json& json, std::string path, const std::string& file)
      : json_(&json), path_(std::move(path)), file_(&file) {}

  const Json& json() const { return *json_; }
  bool is_null() const { return json_->is_null(); }
  bool has(const char* key) const;       // an object with this key
  JsonField at(const char* key) const;   // must be there
  std::vector<JsonField> items() const;  // of an array
  // The value, which must be of this type.
  std::string text() const;
  double number() const;
  size_t count() const;  // a whole number, 0 or more
  bool flag() const;
  // The value of a key that may be missing or null.
  std::string text(const char* key, const std::string& otherwise) const;
  double number(const char* key, double otherwise) const;
  bool flag(const char* key, bool otherwise) const;

  [[noreturn]] void fail(const std::string& what) const;

 private:
  bool holds(const char* key) const;
  const Json* json_;
  std::string path_;
  const std::string* file_;
};

}  // namespace quoin
