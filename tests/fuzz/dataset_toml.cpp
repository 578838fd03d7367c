// A dataset file, and its first sample: the bytes up to the first 0 are the file, what follows is the table "table.tsv"
// beside it. Images are "images/small.png", CIFAR-10's binary file is "cifar.bin".
#include <array>

#include "harness.h"
#include "mutate_text.h"
#include "quoin/dataset.h"

namespace {

// One grey pixel.
constexpr std::array<unsigned char, 67> kPicture = {
    0x89, 'P',  'N',  'G',  0x0d, 0x0a, 0x1a, 0x0a, 0,    0,   0,   0x0d, 'I',  'H',  'D',  'R', 0,
    0,    0,    1,    0,    0,    0,    1,    8,    0,    0,   0,   0,    0x3a, 0x7e, 0x9b, 'U', 0,
    0,    0,    0x0a, 'I',  'D',  'A',  'T',  'x',  0x9c, 'c', 'h', 0,    0,    0,    0x82, 0,   0x81,
    'w',  0xcd, 'r',  0xb6, 0,    0,    0,    0,    'I',  'E', 'N', 'D',  0xae, 'B',  0x60, 0x82};

void write_beside() {
  using namespace quoin;
  const std::string path = fuzz::scratch_file(std::string(1 + 3 * 32 * 32, '\7'), "cifar.bin");
  const std::filesystem::path folder = std::filesystem::path(path).parent_path() / "images";
  std::filesystem::create_directory(folder);
  fuzz::scratch_file({reinterpret_cast<const char*>(kPicture.data()), kPicture.size()}, "images/small.png");
}

// Pictures of thousands of pixels a side are the affair of fuzz_image's limits: here they only take time.
bool asks_for_large_pictures(std::string_view text) {
  size_t digits = 0;
  for (const char c : text) {
    digits = (c >= '0' && c <= '9') || c == '_' ? digits + 1 : 0;
    if (digits > 3) return true;
  }
  return text.find("0x") != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  static const bool written = (write_beside(), true);
  fuzz::require(written);
  const std::string_view bytes = fuzz::text_of(data, size);
  const std::string_view text = bytes.substr(0, bytes.find('\0'));
  fuzz::scratch_file(text.size() == size ? "ids\tlabel\tfile\n1 2\t3\tsmall.png\n" : bytes.substr(text.size() + 1),
                     "table.tsv");
  const std::string path = fuzz::scratch_file(text, "dataset.toml");
  fuzz::answered([&] {
    const Dataset dataset = load_dataset(path);
    if (dataset.size() > 0 && !asks_for_large_pictures(text)) dataset.sample(0);
  });
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  return quoin::fuzz::mutate_text(data, size, most, seed);
}
