#include "quoin/precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "pattern/lexer.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr std::array<std::pair<std::string_view, DataType>, 7> kTypes = {{{"int8", DataType::kInt8},
                                                                          {"uint8", DataType::kUint8},
                                                                          {"int16", DataType::kInt16},
                                                                          {"uint16", DataType::kUint16},
                                                                          {"int4", DataType::kInt4},
                                                                          {"uint4", DataType::kUint4},
                                                                          {"float", DataType::kFloat}}};

constexpr int64_t kMostBlock = 65536;

class PrecisionReader {
 public:
  PrecisionReader(std::string_view text, Role role, const TextPlace& place)
      : lexer_(text, place, "precision"), role_(role) {}

  PointPrecision read() {
    if (role_ == Role::kBias) {
      lexer_.fail(lexer_.peek(), "a bias has no precision of its own: it follows the input and the weight",
                  "leave 'bias' out");
    }
    if (lexer_.at_end()) {
      lexer_.fail(lexer_.peek(), "the precision is empty",
                  fmt::format("types are {}", fmt::join(precision_type_names(), ", ")));
    }
    while (!lexer_.at_end()) read_word();
    if (result_.is_float() && result_ != PointPrecision{.type = DataType::kFloat}) {
      lexer_.fail(last_, "'float' is no Q/DQ: nothing goes with it", "write \"float\" alone");
    }
    return result_;
  }

 private:
  void once(bool is_set, std::string_view what) const {
    if (is_set) lexer_.fail(last_, fmt::format("'{}': {} is given twice", last_.text, what));
  }

  void weights_only() const {
    if (role_ == Role::kWeight) return;
    lexer_.fail(last_, fmt::format("'{}' is for weights: the role is '{}'", last_.text, to_string(role_)),
                "integer kernels take one scale per activation tensor");
  }

  void read_word() {
    last_ = lexer_.expect_name("a type, or symmetric, affine, per_channel, per_tensor, block N");
    const std::string& word = last_.text;
    if (const DataType type = precision_type(word); type != DataType::kUndefined) {
      once(result_.type != DataType::kUndefined, "the type");
      result_.type = type;
    } else if (word == "symmetric" || word == "affine") {
      once(result_.symmetric.has_value(), "the zero point");
      result_.symmetric = word == "symmetric";
    } else if (word == "per_channel" || word == "per_tensor") {
      weights_only();
      once(result_.per_channel.has_value() || result_.block != 0, "what shares a scale");
      result_.per_channel = word == "per_channel";
    } else if (word == "block") {
      weights_only();
      once(result_.per_channel.has_value() || result_.block != 0, "what shares a scale");
      read_block();
    } else {
      std::vector<std::string> words = precision_type_names();
      words.insert(words.end(), {"symmetric", "affine", "per_channel", "per_tensor", "block"});
      lexer_.fail(last_, fmt::format("unknown word '{}'{}", word, did_you_mean(word, words)),
                  fmt::format("words are {}", fmt::join(words, ", ")));
    }
  }

  void read_block() {
    const Token size = lexer_.peek();
    const bool is_size = size.kind == Token::Kind::kNumber && size.number >= 1 && size.number <= kMostBlock &&
                         size.number == static_cast<double>(static_cast<int64_t>(size.number));
    if (!is_size) {
      lexer_.fail(size, fmt::format("expected the size of a block, found {}", lexer_.shown(size)), "write block 32");
    }
    result_.block = static_cast<int64_t>(lexer_.take().number);
  }

  Lexer lexer_;
  Role role_;
  Token last_;
  PointPrecision result_;
};

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kInput:
      return "input";
    case Role::kSecondInput:
      return "second_input";
    case Role::kWeight:
      return "weight";
    case Role::kBias:
      return "bias";
    case Role::kResidual:
      return "residual";
    case Role::kInner:
      return "inner";
    case Role::kOutput:
      return "output";
  }
  return "input";
}

const std::vector<Role>& all_roles() {
  static const std::vector<Role> roles = {Role::kInput,    Role::kSecondInput, Role::kWeight, Role::kBias,
                                          Role::kResidual, Role::kInner,       Role::kOutput};
  return roles;
}

Role parse_role(std::string_view name, const TextPlace& place) {
  std::vector<std::string> names;
  for (const Role role : all_roles()) {
    if (name == to_string(role)) return role;
    names.emplace_back(to_string(role));
  }
  const bool is_somewhere = !place.file.empty() || place.line != 1 || place.column != 1;
  throw Error(ErrorCode::kBadInput, fmt::format("unknown role '{}'{}", name, did_you_mean(name, names)),
              fmt::format("roles are {}", fmt::join(names, ", ")), is_somewhere ? place.text() : "");
}

const std::vector<std::string>& precision_type_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, type] : kTypes) all.emplace_back(name);
    return all;
  }();
  return names;
}

DataType precision_type(std::string_view name) {
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  return DataType::kUndefined;
}

std::string PointPrecision::text() const {
  std::vector<std::string> words;
  if (type != DataType::kUndefined) words.emplace_back(to_string(type));
  if (symmetric) words.emplace_back(*symmetric ? "symmetric" : "affine");
  if (per_channel) words.emplace_back(*per_channel ? "per_channel" : "per_tensor");
  if (block != 0) words.push_back(fmt::format("block {}", block));
  return fmt::format("{}", fmt::join(words, " "));
}

PointPrecision parse_precision(std::string_view text, Role role, const TextPlace& place) {
  return PrecisionReader(text, role, place).read();
}

std::string to_toml(const Precisions& precisions) {
  std::vector<std::string> parts;
  for (const auto& [role, precision] : precisions) {
    if (!precision.is_default()) parts.push_back(fmt::format("{} = \"{}\"", to_string(role), precision.text()));
  }
  return parts.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(parts, ", "));
}

}  // namespace quoin
