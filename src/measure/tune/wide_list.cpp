#include "quoin/tune.h"

namespace quoin {

PatternList wide_list(const Target& target) {
  PatternList list;
  list.name = kWideList;
  for (const PatternList* one : {&target.smart, &target.blanket}) {
    for (const PatternRef& pattern : one->conversions()) {
      if (!list.find(pattern->name())) list.add(pattern);
    }
    for (const PatternRef& pattern : one->fusions()) {
      if (!pattern->qdq_points().empty() && !list.find(pattern->name())) list.add(pattern);
    }
  }
  return list;
}

}  // namespace quoin
