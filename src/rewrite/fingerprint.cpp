#include <fmt/format.h>

#include "quoin/plan.h"
#include "rewrite/digest.h"

namespace quoin {

std::string fingerprint(const Graph& model) {
  const Hash hash = hash_of(model, Contents::kHashed);
  return fmt::format("{:016x}{:016x}", hash[0], hash[1]);
}

}  // namespace quoin
