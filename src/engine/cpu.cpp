#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <thread>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "quoin/engine.h"
#include "quoin/error.h"

namespace quoin {
namespace {

#if defined(__x86_64__) || defined(__i386__)

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The brand string: leaves 0x80000002 to 0x80000004, sixteen characters each, padded with spaces or zeros.
std::string brand() {
  constexpr unsigned kFirst = 0x80000002, kLast = 0x80000004;
  if (__get_cpuid_max(0x80000000, nullptr) < kLast) return "x86";
  std::string text;
  for (unsigned leaf = kFirst; leaf <= kLast; ++leaf) {
    std::array<unsigned, 4> registers{};
    __get_cpuid(leaf, &registers[0], &registers[1], &registers[2], &registers[3]);
    std::array<char, sizeof(registers)> part{};
    std::memcpy(part.data(), registers.data(), sizeof(registers));
    text.append(part.data(), part.size());
  }
  return trimmed(text.substr(0, text.find('\0')));
}

struct CpuidLeaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};
CpuidLeaf extended_features(unsigned subleaf) {
  CpuidLeaf leaf;
  __get_cpuid_count(7, subleaf, &leaf.eax, &leaf.ebx, &leaf.ecx, &leaf.edx);
  return leaf;
}

// Whether the operating system saves the tile registers: XCR0, bits 17 and 18 (Intel's manual, volume 1, section 13.3).
bool saves_tiles() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  constexpr unsigned kOsxsave = 1U << 27, kTiles = 3U << 17;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & kOsxsave) == 0) return false;
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & kTiles) == kTiles;
}

// The compiler's own test also asks whether the operating system saves the wide registers. Clang 14 does not know the
// names of AVX-VNNI and AMX.
void detect(CpuInfo& info) {
  __builtin_cpu_init();
  info.name = brand();
  info.avx2 = __builtin_cpu_supports("avx2") != 0;
  info.avx512 = __builtin_cpu_supports("avx512f") != 0;
  info.avx512_vnni = __builtin_cpu_supports("avx512vnni") != 0;
  constexpr unsigned kAvxVnni = 1U << 4, kAmxInt8 = 1U << 25;
  info.avx_vnni = info.avx2 && (extended_features(1).eax & kAvxVnni) != 0;
  info.amx_int8 = saves_tiles() && (extended_features(0).edx & kAmxInt8) != 0;
}

#else

void detect(CpuInfo& info) {
#if defined(__aarch64__) || defined(__arm__)
  info.arm = true;
  info.name = "ARM";
#else
  info.name = "unknown";
#endif
  // Only some kernels name the processor here, and under different words.
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    if (line.starts_with("model name") || line.starts_with("Model") || line.starts_with("Hardware")) {
      info.name = line.substr(colon + 2);
      return;
    }
  }
}

#endif

}  // namespace

std::string CpuInfo::features() const {
  std::string text;
  const auto add = [&text](bool has, const char* feature) {
    if (!has) return;
    if (!text.empty()) text += ' ';
    text += feature;
  };
  add(avx2, "AVX2");
  add(avx512, "AVX-512");
  add(avx512_vnni, "VNNI");
  add(avx_vnni, "AVX-VNNI");
  add(amx_int8, "AMX");
  add(arm, "ARM");
  return text;
}

const CpuInfo& cpu_info() {
  static const CpuInfo info = [] {
    CpuInfo found;
    found.cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    detect(found);
    return found;
  }();
  return info;
}

const std::vector<std::string>& cpu_names() {
  static const std::vector<std::string> names = {"native", "avx2", "avx512", "vnni", "amx"};
  return names;
}

CpuInfo cpu_named(std::string_view name) {
  if (name == "native") return cpu_info();
  CpuInfo info;
  info.name = name;
  info.avx2 = true;
  info.avx512 = name != "avx2";
  info.avx512_vnni = name == "vnni" || name == "amx";
  info.amx_int8 = name == "amx";
  const std::vector<std::string>& names = cpu_names();
  if (std::find(names.begin(), names.end(), name) != names.end()) return info;
  throw Error(ErrorCode::kUsage, fmt::format("unknown CPU '{}'{}", name, did_you_mean(name, names)),
              fmt::format("it is one of {}", fmt::join(names, ", ")));
}

}  // namespace quoin
