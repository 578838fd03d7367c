// toml++ without its assertions, in every build. On a stranger's text some of them fail ("[[[a", "a = [}") in front of
// code that answers with an error and its place; and clang, where NDEBUG is defined, would be told to take them for
// granted.
#pragma once

#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
