// Changes a text by words, marks and lines, so that it mostly stays TOML or JSON and reaches what is behind the parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

// libFuzzer's own mutations, of bytes.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace quoin::fuzz {

// One to three changes: a word or mark taken out, doubled, swapped with another of the text or replaced by a number at
// some edge; a line taken out, doubled or put elsewhere.
std::string mutated_text(std::string_view text, std::mt19937& random);

// For LLVMFuzzerCustomMutator: half of the mutations are mutated_text's, the others of bytes. Returns the new size,
// `most` at most.
size_t mutate_text(uint8_t* data, size_t size, size_t most, unsigned int seed);

}  // namespace quoin::fuzz
