// What the conditions of a pattern say about its parts, as values worth trying: a graph made with them holds more
// often.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pattern/expression.h"
#include "quoin/match.h"
#include "quoin/predicate.h"

namespace quoin::prove {

enum class Subject { kRank, kDim, kShape, kChannels, kSize, kType, kValues, kAxes, kAttribute, kOpset, kPart };

// "conv.group == channels(x)": the attribute `group` of `conv` is wanted to be what the other side is.
struct Hint {
  Subject subject = Subject::kRank;
  std::string capture;
  int axis = 0;           // kDim
  std::string attribute;  // kAttribute
  double scale = 1;       // dim(x, 3) * scale == …
  double modulus = 0;     // dim(x, 3) % modulus == …
  std::string sign;       // "==", "in", "<", …, as if the subject stood on the left
  const Predicate::Expression* other = nullptr;
};

class Hints {
 public:
  explicit Hints(const Predicates& where);  // kept as long as this lives

  // Values that would do, where the other side can be evaluated with what `bound` has so far.
  std::vector<Datum> values(Subject subject, const std::string& capture, const Match& bound, int axis = 0,
                            const std::string& attribute = "") const;
  std::vector<double> numbers(Subject subject, const std::string& capture, const Match& bound, int axis = 0,
                              const std::string& attribute = "") const;
  // Names of the attributes of `capture` that conditions speak of.
  std::vector<std::string> attributes(const std::string& capture) const;
  // Axes of `capture` that conditions speak of.
  std::vector<int> axes(const std::string& capture) const;
  // Whether a condition wants the node to fold: its inputs are constants then.
  bool folds(const std::string& capture) const;

 private:
  void collect(const Predicate::Expression& expression);
  Predicates where_;
  std::vector<Hint> hints_;
  std::vector<std::string> folding_;
};

}  // namespace quoin::prove
