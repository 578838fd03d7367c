#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> identity_conversions() {
  return {
      conversion("RemoveIdentity", "what gives its input back stands between nodes that belong together",
                 "(Identity(x) as n | Dropout(x) as n | Cast(x) as n | Mul(x, 1) as n | Div(x, 1) as n | Add(x, 0) as "
                 "n | Sub(x, 0) as n)",
                 {"!is_constant(x)", "dtype(x) == dtype(n)", "op(n) != \"Dropout\" || !has_input(n, 2)",
                  "op(n) in [\"Identity\", \"Dropout\", \"Cast\"] || rank(x) == rank(n)"},
                 "x"),
  };
}

}  // namespace quoin
