#include "calibrate/npy_header.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <optional>

#include "quoin/error.h"

namespace quoin {
namespace {

// Reads what numpy writes: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  NpyHeader parse() {
    NpyHeader header;
    bool seen_descr = false, seen_order = false, seen_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        header.descr = descr();
        seen_descr = true;
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
        seen_order = true;
      } else if (key == "shape") {
        header.shape = shape();
        seen_shape = true;
      } else {
        fail();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!seen_descr || !seen_order || !seen_shape) fail();
    return header;
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorCode::kBadInput, "the array's header is not one that numpy writes",
                "save it again with numpy.save or numpy.savez", where_);
  }
  void skip_space() {
    while (!text_.empty() && std::isspace(static_cast<unsigned char>(text_.front()))) text_.remove_prefix(1);
  }
  bool accept(char wanted) {
    skip_space();
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) fail();
  }
  std::string quoted() {
    skip_space();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) fail();
    const size_t end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) fail();
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }
  std::string descr() {
    skip_space();
    // A list is a structured type, which is refused by its descr; nothing after it matters.
    if (!text_.empty() && text_.front() == '[') {
      throw Error(ErrorCode::kBadInput, "the array has a structured type", "save one plain array per model input",
                  where_);
    }
    return quoted();
  }
  bool boolean() {
    skip_space();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return value;
    }
    fail();
  }
  Shape shape() {
    Shape dims;
    expect('(');
    while (!accept(')')) {
      skip_space();
      int64_t dim = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), dim);
      if (error != std::errc() || dim < 0) fail();
      text_.remove_prefix(static_cast<size_t>(end - text_.data()));
      if (!text_.empty() && text_.front() == 'L') text_.remove_prefix(1);  // Python 2's long integers
      dims.push_back(dim);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return dims;
  }

  std::string_view text_;
  const std::string& where_;
};

DataType number_type(char kind, std::string_view size) {
  if (kind == 'b' && size == "1") return DataType::kBool;
  if (kind == 'f' && size == "2") return DataType::kFloat16;
  if (kind == 'f' && size == "4") return DataType::kFloat;
  if (kind == 'f' && size == "8") return DataType::kDouble;
  if (kind == 'i' || kind == 'u') {
    const bool is_signed = kind == 'i';
    if (size == "1") return is_signed ? DataType::kInt8 : DataType::kUint8;
    if (size == "2") return is_signed ? DataType::kInt16 : DataType::kUint16;
    if (size == "4") return is_signed ? DataType::kInt32 : DataType::kUint32;
    if (size == "8") return is_signed ? DataType::kInt64 : DataType::kUint64;
  }
  return DataType::kUndefined;
}

// "U8": texts of up to 8 characters; "S8": of up to 8 bytes.
std::optional<NpyType> text_type(std::string_view rest, bool big_endian) {
  constexpr size_t kLongest = 1 << 20;
  if (rest.empty() || (rest.front() != 'U' && rest.front() != 'S')) return std::nullopt;
  const bool wide = rest.front() == 'U';
  rest.remove_prefix(1);
  size_t length = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
  if (error != std::errc() || end != rest.data() + rest.size() || length == 0 || length > kLongest) return std::nullopt;
  return NpyType{DataType::kString, big_endian, wide ? 4 * length : length, wide};
}

}  // namespace

NpyHeader parse_npy_header(std::string_view text, const std::string& where) {
  return HeaderParser(text, where).parse();
}

NpyType parse_npy_type(const std::string& descr, const std::string& where) {
  std::string_view rest = descr;
  char order = '<';
  if (!rest.empty() && std::string_view("<>=|").find(rest.front()) != std::string_view::npos) {
    order = rest.front();
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest.front() == 'O') {
    throw Error(ErrorCode::kBadInput, "the array holds Python objects",
                "save an array of numbers or texts: numpy.asarray(x, numpy.float32), numpy.asarray(x, str)", where);
  }
  if (const std::optional<NpyType> text = text_type(rest, order == '>')) return *text;
  const DataType type = rest.empty() ? DataType::kUndefined : number_type(rest.front(), rest.substr(1));
  if (type == DataType::kUndefined) {
    throw Error(
        ErrorCode::kBadInput,
        fmt::format("the array's type '{}' is not one of float16, float32, float64, integer, bool or text", descr),
        "convert it with array.astype", where);
  }
  return {type, order == '>', static_cast<size_t>(bit_width(type)) / 8};
}

}  // namespace quoin
