// Folding a zero Pad into the pads of the Conv behind it.
#pragma once

#include "pattern/fold_bn.h"

namespace quoin {

// Folds `pad`, which gives the data that `folded` (a Conv) reads, into its pads; false where that cannot be: another
// mode or value, unknown or negative pads, padded batch or channels, automatic padding.
bool fold_pad(Folded& folded, const Node& pad);

}  // namespace quoin
