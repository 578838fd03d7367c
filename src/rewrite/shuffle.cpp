#include <random>
#include <utility>

#include "rewrite/drive.h"

namespace quoin {

void shuffle(Matches& matches, uint64_t seed) {
  std::mt19937_64 random(seed);
  // std::shuffle may differ from library to library.
  for (size_t left = matches.size(); left > 1; --left) std::swap(matches[left - 1], matches[random() % left]);
}

}  // namespace quoin
