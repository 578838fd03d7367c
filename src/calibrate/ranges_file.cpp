#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "base/output_file.h"
#include "base/read_file.h"
#include "quoin/error.h"
#include "quoin/ranges.h"

namespace quoin {
namespace {

// Layout, little-endian: magic, version (u32), payload size (u64), payload, FNV-1a hash of the payload (u64).
constexpr std::string_view kMagic = "QuoinRng";
constexpr uint32_t kVersion = 1;
constexpr uint64_t kMostBytes = uint64_t{8} << 30;
constexpr size_t kHeaderSize = kMagic.size() + sizeof(uint32_t) + sizeof(uint64_t);

uint64_t fnv1a(std::string_view bytes) {
  uint64_t hash = 14695981039346656037u;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
  return hash;
}

class Writer {
 public:
  template <typename T>
  void put(T value) {
    static_assert(std::endian::native == std::endian::little);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_string(std::string_view text) {
    put(static_cast<uint64_t>(text.size()));
    out_.append(text);
  }
  void put_sum(const ExactSum& sum) {
    for (const uint64_t word : sum.words()) put(word);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}
  template <typename T>
  T get() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  // A count of things that take at least `size` bytes each: never more than the file has room for.
  uint64_t get_count(size_t size) {
    const uint64_t count = get<uint64_t>();
    if (count > bytes_.size() / size) fail();
    return count;
  }
  std::string get_string() { return std::string(take(get_count(1))); }
  ExactSum get_sum() {
    std::array<uint64_t, 4> words{};
    for (uint64_t& word : words) word = get<uint64_t>();
    return ExactSum::from_words(words);
  }
  bool done() const { return bytes_.empty(); }
  [[noreturn]] void fail() const {
    throw Error(ErrorCode::kBadInput, "the ranges file is damaged", "collect the ranges again", path_);
  }

 private:
  std::string_view take(size_t size) {
    if (size > bytes_.size()) fail();
    const std::string_view piece = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return piece;
  }
  std::string_view bytes_;
  const std::string& path_;
};

void put_stats(Writer& writer, const TensorStats& stats) {
  for (const uint64_t number : {stats.count, stats.samples, stats.nan_count, stats.infinite_count}) writer.put(number);
  writer.put(stats.min);
  writer.put(stats.max);
  writer.put_sum(stats.sample_min_sum);
  writer.put_sum(stats.sample_max_sum);
  const std::span<const uint64_t> counts = stats.histogram.counts();
  uint64_t filled = 0;
  for (const uint64_t count : counts) filled += count != 0;
  writer.put(filled);
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    writer.put(static_cast<uint32_t>(i));
    writer.put(counts[i]);
  }
  writer.put(stats.channel_count);
  writer.put(static_cast<uint64_t>(stats.channel_absmax.size()));
  for (const float value : stats.channel_absmax) writer.put(value);
  for (const ExactSum& sum : stats.channel_sums) writer.put_sum(sum);
}

TensorStats get_stats(Reader& reader) {
  TensorStats stats;
  for (uint64_t* number : {&stats.count, &stats.samples, &stats.nan_count, &stats.infinite_count})
    *number = reader.get<uint64_t>();
  stats.min = reader.get<float>();
  stats.max = reader.get<float>();
  stats.sample_min_sum = reader.get_sum();
  stats.sample_max_sum = reader.get_sum();
  const uint64_t filled = reader.get_count(sizeof(uint32_t) + sizeof(uint64_t));
  for (uint64_t i = 0; i < filled; ++i) {
    const uint32_t bucket = reader.get<uint32_t>();
    if (bucket >= Histogram::kBuckets) reader.fail();
    stats.histogram.add_count(bucket, reader.get<uint64_t>());
  }
  stats.channel_count = reader.get<uint64_t>();
  const uint64_t channels = reader.get_count(sizeof(float));
  for (uint64_t i = 0; i < channels; ++i) stats.channel_absmax.push_back(reader.get<float>());
  for (uint64_t i = 0; i < channels; ++i) stats.channel_sums.push_back(reader.get_sum());
  return stats;
}

}  // namespace

const TensorStats& Ranges::at(std::string_view value) const {
  const auto found = tensors.find(value);
  if (found != tensors.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, stats] : tensors) names.push_back(name);
  throw Error(ErrorCode::kBadInput, fmt::format("there are no ranges for '{}'{}", value, did_you_mean(value, names)),
              "collect the ranges on this model");
}

void Ranges::merge(const Ranges& other) {
  if (other.tensors.empty()) return;
  if (tensors.empty()) {
    *this = other;
    return;
  }
  const auto missing = [](const Ranges& from, const Ranges& of) {
    for (const auto& [name, stats] : of.tensors) {
      if (!from.tensors.contains(name)) {
        throw Error(ErrorCode::kBadInput, fmt::format("ranges that are to be merged do not all have '{}'", name),
                    "merge only shards of one calibration: the same model and the same options");
      }
    }
  };
  missing(*this, other);
  missing(other, *this);
  // On a copy, so that a failure half-way leaves this one as it was.
  auto merged = tensors;
  for (const auto& [name, stats] : other.tensors) merged.find(name)->second.merge(stats);
  tensors = std::move(merged);
}

void Ranges::save(const std::string& path) const {
  Writer payload_writer;
  payload_writer.put(static_cast<uint64_t>(tensors.size()));
  for (const auto& [name, stats] : tensors) {
    payload_writer.put_string(name);
    put_stats(payload_writer, stats);
  }
  const std::string payload = payload_writer.take();
  Writer header;
  header.put(kVersion);
  header.put(static_cast<uint64_t>(payload.size()));
  Writer checksum;
  checksum.put(fnv1a(payload));
  OutputFile file(path);
  for (const std::string& part : {std::string(kMagic), header.take(), payload, checksum.take()}) file.write(part);
  file.finish();
}

Ranges Ranges::load(const std::string& path) {
  const std::string bytes = read_whole_file(path, "the ranges file", "check the path", kMostBytes);
  const std::string_view view = bytes;
  if (view.substr(0, kMagic.size()) != kMagic) {
    throw Error(ErrorCode::kBadInput, "this is not a ranges file", "make one with `quoin calibrate`", path);
  }
  if (view.size() < kHeaderSize)
    throw Error(ErrorCode::kBadInput, "the ranges file is cut short", "collect the ranges again", path);
  Reader header(view.substr(kMagic.size(), kHeaderSize - kMagic.size()), path);
  const uint32_t version = header.get<uint32_t>();
  if (version != kVersion) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the ranges file has version {}, this Quoin reads version {}", version, kVersion),
                "collect the ranges again", path);
  }
  const uint64_t size = header.get<uint64_t>();
  const uint64_t room = view.size() - kHeaderSize;
  if (room < sizeof(uint64_t) || size > room - sizeof(uint64_t)) {
    throw Error(ErrorCode::kBadInput, "the ranges file is cut short", "collect the ranges again", path);
  }
  const std::string_view payload = view.substr(kHeaderSize, size);
  Reader tail(view.substr(kHeaderSize + size), path);
  if (tail.get<uint64_t>() != fnv1a(payload) || !tail.done()) tail.fail();
  Reader reader(payload, path);
  Ranges ranges;
  const uint64_t count = reader.get_count(sizeof(uint64_t));
  for (uint64_t i = 0; i < count; ++i) {
    std::string name = reader.get_string();
    if (!ranges.tensors.emplace(std::move(name), get_stats(reader)).second) reader.fail();
  }
  if (!reader.done()) reader.fail();
  return ranges;
}

}  // namespace quoin
