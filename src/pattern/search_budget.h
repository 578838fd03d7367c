// How many steps the matching of a list may take: a few words of a pattern can ask for a search that has no end in
// practice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace quoin {

// While one lives, every match_tree() on this thread takes its steps from it; of several the outermost counts. A match
// outside of any has one of its own.
class SearchBudget {
 public:
  // Of a graph with so many nodes. The built-in lists take some 70 steps for each.
  explicit SearchBudget(size_t nodes);
  ~SearchBudget();
  SearchBudget(const SearchBudget&) = delete;
  SearchBudget& operator=(const SearchBudget&) = delete;

  static SearchBudget& current();  // the outermost of this thread, which must be there

  // False when it is spent.
  bool take(int64_t steps) { return (left_ -= steps) >= 0; }
  int64_t left() const { return left_; }
  int64_t whole() const { return whole_; }

 private:
  int64_t whole_, left_;
  bool is_outermost_;
};

// For errors: what a pattern took when the budget was spent. Throws Error(kBadInput).
[[noreturn]] void give_up_search(const SearchBudget& budget, const std::string& pattern, int64_t taken,
                                 const std::string& root);

}  // namespace quoin
