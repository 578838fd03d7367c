// The sizes of a model that its file leaves open: one variable for each name, and for each place without a name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/operand_values.h"

namespace quoin {

struct FreeSize {
  std::string name;        // "batch", or "dimension 2 of 'x'"
  bool batch = false;      // the first of two or more, and never another
  int64_t most = 1 << 14;  // that is tried
};

// Dimensions that are sums and products of names ("past + sequence", as exporters write them) follow from these.
class FreeSizes {
 public:
  // `rank`: of inputs that state none. `by_place`: a variable for every place, whatever its name.
  FreeSizes(const Graph& graph, int rank, bool by_place);
  const std::vector<FreeSize>& sizes() const { return sizes_; }
  bool has_shared_names() const { return shared_; }
  // The shape of each required input, in order, for one number per variable.
  std::vector<Shape> shapes(const std::vector<int64_t>& numbers) const;
  // Dimensions of a value by what its file or inference says of it.
  std::optional<Shape> dims_of(const Value& value, const std::vector<int64_t>& numbers) const;

 private:
  // A product of a number and variables; a dimension is a sum of them.
  struct Term {
    int64_t factor = 1;
    std::vector<size_t> variables = {};
  };
  using Sum = std::vector<Term>;
  size_t variable(const std::string& name);
  Sum parse(const std::string& name);
  static int64_t value_of(const Sum& sum, const std::vector<int64_t>& numbers);

  std::vector<FreeSize> sizes_;
  std::map<std::string, size_t> by_name_;
  std::vector<std::vector<Sum>> inputs_;
  std::map<const Value*, size_t> input_of_;
  bool shared_ = false;
};

}  // namespace quoin
