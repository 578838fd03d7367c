// Names that nobody can guess, for what is made in folders of others.
#pragma once

#include <string>

namespace quoin {

std::string random_name();  // 16 hexadecimal digits of the system's randomness

}  // namespace quoin
