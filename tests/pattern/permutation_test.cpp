#include <gtest/gtest.h>

#include "pattern/constant_operand.h"
#include "quoin/edit.h"

namespace quoin {
namespace {

// Found by fuzz_model: an axis that is none was read past the other Transpose's.
TEST(Permutation, OnlyWhatIsOne) {
  using Perm = std::vector<int64_t>;
  Graph graph;
  Edit edit(graph);
  Value& x = edit.add_input("x", DataType::kFloat, std::nullopt);
  const auto of = [&](const Perm& perm) {
    return permutation_of(edit.add_node({.op = "Transpose", .inputs = {&x}, .attributes = {{"perm", perm}}}, {"y"}));
  };
  EXPECT_EQ(of({0, 2, 1}), Perm({0, 2, 1}));
  EXPECT_EQ(of({0, 9, 1}), std::nullopt);
  EXPECT_EQ(of({0, -1, 1}), std::nullopt);
  EXPECT_EQ(of({0, 1, 1}), std::nullopt);
  EXPECT_EQ(of({}), std::nullopt);
}

}  // namespace
}  // namespace quoin
