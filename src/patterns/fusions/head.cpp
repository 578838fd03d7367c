#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> head_fusions() {
  return {
      fusion("DetectionHead",
             "the last convolutions of a detector: box regressions and scores that span decades, which 256 steps round "
             "to ties",
             "Concat(Sigmoid?(Conv(x, const w, const b?) as box), Sigmoid?(Conv(y, const, const) as object), "
             "Sigmoid?(Conv(z, const, const) as classes)) as head",
             {"head.axis == 1", "dim(box, 1) == 4", "dim(object, 1) == 1"}, {}),
  };
}

}  // namespace quoin
