// Whether two datasets share samples.
#pragma once

#include "quoin/dataset.h"

namespace quoin {

// Told from the origins, which name the file and then the selections ("cifar10.toml, skip 256, first 64"): the same
// file, and an index that both select. Data of a callable, and random data, is never called the same.
bool overlap(const Dataset& a, const Dataset& b);

}  // namespace quoin
