#include "engine/openvino/port_names.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "quoin/error.h"

namespace quoin::openvino {
namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorCode::kBadInput, "the model is not an ONNX model: its inputs and outputs cannot be read",
              "Give a model in ONNX's binary format (a serialized ModelProto).");
}

// The fields of one protobuf message, in order; only those that hold bytes are given (messages and strings).
class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}

  // False at the end.
  bool next() {
    while (!rest_.empty()) {
      const uint64_t key = take_varint();
      number = static_cast<uint32_t>(key >> 3);
      switch (key & 7) {
        case 0:
          take_varint();
          break;
        case 1:
          take(8);
          break;
        case 2:
          bytes = take(take_varint());
          return true;
        case 5:
          take(4);
          break;
        default:
          refuse();
      }
    }
    return false;
  }

  uint32_t number = 0;
  std::string_view bytes;

 private:
  std::string_view take(uint64_t size) {
    if (size > rest_.size()) refuse();
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  uint64_t take_varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    refuse();
  }

  std::string_view rest_;
};

// The last one counts, as in protobuf; "" where there is none.
std::string_view find_field(std::string_view message, uint32_t number) {
  std::string_view found;
  for (Fields fields(message); fields.next();) {
    if (fields.number == number) found = fields.bytes;
  }
  return found;
}

// Field numbers of onnx.proto.
constexpr uint32_t kModelGraph = 7;
constexpr uint32_t kGraphInitializer = 5, kGraphInput = 11, kGraphOutput = 12, kGraphSparseInitializer = 15;
constexpr uint32_t kValueInfoName = 1, kTensorName = 8, kSparseTensorValues = 1;

void read_graph(std::string_view graph, PortNames& names, std::unordered_set<std::string_view>& initializers) {
  for (Fields fields(graph); fields.next();) {
    switch (fields.number) {
      case kGraphInput:
        names.inputs.emplace_back(find_field(fields.bytes, kValueInfoName));
        break;
      case kGraphOutput:
        names.outputs.emplace_back(find_field(fields.bytes, kValueInfoName));
        break;
      case kGraphInitializer:
        initializers.insert(find_field(fields.bytes, kTensorName));
        break;
      case kGraphSparseInitializer:
        initializers.insert(find_field(find_field(fields.bytes, kSparseTensorValues), kTensorName));
        break;
      default:
        break;
    }
  }
}

// A file's bytes, for reading.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
      size_ = static_cast<size_t>(status.st_size);
      data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    }
    if (file >= 0) close(file);
    if (data_ == MAP_FAILED) {
      throw Error(ErrorCode::kBadInput, fmt::format("the model file '{}' cannot be read", path),
                  "Check that it is whole and may be read.", path);
    }
  }
  ~MappedFile() { munmap(data_, size_); }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = MAP_FAILED;
  size_t size_ = 0;
};

}  // namespace

PortNames read_port_names(std::string_view model) {
  PortNames names;
  std::unordered_set<std::string_view> initializers;
  for (Fields fields(model); fields.next();) {
    if (fields.number == kModelGraph) read_graph(fields.bytes, names, initializers);
  }
  if (names.outputs.empty()) refuse();
  std::erase_if(names.inputs, [&](const std::string& name) { return initializers.contains(name); });
  return names;
}

PortNames read_port_names_of_file(const std::string& path) {
  const MappedFile file(path);
  return read_port_names(file.bytes());
}

NamedInputs match_inputs(const std::vector<std::string>& names, const std::vector<std::string>& ports) {
  std::unordered_set<std::string_view> known(ports.begin(), ports.end());
  std::unordered_set<std::string_view> found;
  std::vector<std::string> left;  // the model's names that no port has
  for (const std::string& name : names) {
    if (known.contains(name)) {
      found.insert(name);
    } else {
      left.push_back(name);
    }
  }
  const auto nameless = static_cast<size_t>(
      std::count_if(ports.begin(), ports.end(), [&](const std::string& port) { return !found.contains(port); }));
  if (nameless == 0) return {ports, left};
  if (nameless != left.size()) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("OpenVINO takes {} of the model's inputs and renames some; of {} it cannot be told which",
                            ports.size(), fmt::join(left, ", ")),
                "Remove the inputs that nothing uses, or run the model with the engine onnxruntime.");
  }
  NamedInputs matched;
  auto next = left.begin();
  for (const std::string& port : ports) matched.ports.push_back(found.contains(port) ? port : *next++);
  return matched;
}

}  // namespace quoin::openvino
