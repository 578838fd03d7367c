#include <fmt/format.h>

#include "quoin/error.h"
#include "quoin/pattern.h"

namespace quoin {

PatternList::PatternList(std::initializer_list<AnyPattern> patterns) {
  for (const AnyPattern& pattern : patterns) add(pattern.ref());
}

void PatternList::add(PatternRef pattern) {
  if (find(pattern->name())) {
    throw Error(ErrorCode::kUsage, fmt::format("pattern '{}' is in the list twice", pattern->name()),
                "leave one of them out");
  }
  (pattern->kind() == PatternKind::kConversion ? conversions_ : fusions_).push_back(std::move(pattern));
}

const Pattern* PatternList::find(std::string_view pattern) const {
  for (const auto* patterns : {&conversions_, &fusions_}) {
    for (const PatternRef& candidate : *patterns) {
      if (candidate->name() == pattern) return candidate.get();
    }
  }
  return nullptr;
}

}  // namespace quoin
