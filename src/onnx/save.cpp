#include <fmt/format.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <set>

#include "base/output_file.h"
#include "onnx/tensor_proto.h"
#include "onnx/to_proto.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;
namespace io = google::protobuf::io;

constexpr uint64_t kAlignment = 64;  // of each tensor in a data file
constexpr auto kLimit = static_cast<uint64_t>(std::numeric_limits<int>::max());

// protobuf's stream into a file of ours. An exception must not pass through it: it writes what is left when it is
// destroyed.
class MessageStream : public io::CopyingOutputStream {
 public:
  explicit MessageStream(OutputFile& file) : file_(file) {}
  bool Write(const void* data, int size) override {
    try {
      file_.write(data, static_cast<size_t>(size));
    } catch (...) {
      failure_ = std::current_exception();
    }
    return !failure_;
  }
  void check() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  OutputFile& file_;
  std::exception_ptr failure_;
};

void write_message(const onnx::ModelProto& message, OutputFile& file) {
  MessageStream stream(file);
  io::CopyingOutputStreamAdaptor adaptor(&stream, 1 << 20);
  const bool written = message.SerializeToZeroCopyStream(&adaptor) && adaptor.Flush();
  stream.check();
  QUOIN_CHECK(written, "a message below protobuf's limit cannot be serialized");
}

// The tensors of a data file, in order.
class DataFile {
 public:
  DataFile(std::string name, size_t smallest) : name_(std::move(name)), smallest_(smallest) {}

  bool store(const Tensor& tensor, onnx::TensorProto& message) {
    if (tensor.type() == DataType::kString || tensor.bytes().size() < smallest_) return false;
    const uint64_t offset = (end_ + kAlignment - 1) / kAlignment * kAlignment;
    message.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const char* key, std::string value) {
      auto& entry = *message.add_external_data();
      entry.set_key(key);
      entry.set_value(std::move(value));
    };
    add("location", name_);
    add("offset", std::to_string(offset));
    add("length", std::to_string(tensor.bytes().size()));
    tensors_.emplace_back(offset, tensor);
    end_ = offset + tensor.bytes().size();
    return true;
  }

  // Hands out all bytes, in order.
  void each_piece(const std::function<void(const void* data, size_t size)>& take) const {
    uint64_t at = 0;
    for (const auto& [offset, tensor] : tensors_) {
      const std::string padding(offset - at, '\0');
      if (!padding.empty()) take(padding.data(), padding.size());
      take(tensor.bytes().data(), tensor.bytes().size());
      at = offset + tensor.bytes().size();
    }
  }

 private:
  std::string name_;
  size_t smallest_;
  uint64_t end_ = 0;
  std::vector<std::pair<uint64_t, Tensor>> tensors_;
};

uint64_t weight_bytes(const Graph& graph) {
  uint64_t total = 0;
  for (const Value* value : graph.initializers()) total += stored_bytes(*value->constant());
  for (const Node* node : graph.nodes()) {
    for (const auto& [name, attribute] : node->attributes()) {
      if (const Tensor* tensor = std::get_if<Tensor>(&attribute)) total += stored_bytes(*tensor);
    }
    for (const Graph* subgraph : node->subgraphs()) total += weight_bytes(*subgraph);
  }
  return total;
}

void check_limit(uint64_t bytes, const std::string& remedy, const std::string& where) {
  if (bytes <= kLimit) return;
  refuse(fmt::format("the model is {} MiB in one piece, more than protobuf's limit of 2 GiB", bytes >> 20), remedy,
         where);
}

// Of serialize: what a user sees who asks for more than can be done.
constexpr const char* kInOnePiece =
    "transform, quantize and verify take it from a file; what profiles or searches does not";
constexpr const char* kInAFile = "save it to a file with external data";

// FNV-1a, 64 bits, of eight bytes at a time: gigabytes in a second.
class ContentDigest {
 public:
  void add(const void* data, size_t size) {
    const char* bytes = static_cast<const char*>(data);
    for (; size > 0;) {
      uint64_t word = 0;
      const size_t count = std::min(size, sizeof(word));
      std::memcpy(&word, bytes, count);
      value_ = (value_ ^ word ^ count) * 0x100000001b3;
      value_ ^= value_ >> 32;  // high bits come down, which the product alone never brings there
      bytes += count;
      size -= count;
    }
  }
  std::string text() const { return fmt::format("{:016x}", value_); }

 private:
  uint64_t value_ = 0xcbf29ce484222325;
};

// A regular file that has just these bytes: a pipe would be waited for.
bool holds(const std::string& path, const DataFile& data) {
  std::error_code error;
  std::ifstream file;
  if (fs::is_regular_file(path, error)) file.open(path, std::ios::binary);
  bool equal = file.is_open();
  std::vector<char> buffer(size_t{1} << 20);
  data.each_piece([&](const void* piece, size_t size) {
    for (const char* at = static_cast<const char*>(piece); equal && size > 0;) {
      const size_t count = std::min(size, buffer.size());
      file.read(buffer.data(), static_cast<std::streamsize>(count));
      equal = file.gcount() == static_cast<std::streamsize>(count) && std::memcmp(buffer.data(), at, count) == 0;
      at += count;
      size -= count;
    }
  });
  return equal && file.peek() == std::ifstream::traits_type::eof();
}

// The model's message and its data file, which it calls `name`.
DataFile to_message(const Graph& graph, const std::string& name, const SaveOptions& options,
                    onnx::ModelProto& message) {
  DataFile data(name, options.external_tensor_bytes);
  ProtoOptions proto_options{.functions = options.functions};
  proto_options.store = [&](const Tensor& tensor, onnx::TensorProto& out) { return data.store(tensor, out); };
  model_to_proto(graph, proto_options, message);
  return data;
}

// The data files that the model there names; none where it is no model.
std::set<std::string> data_files_of(const std::string& path) {
  std::set<std::string> files;
  std::ifstream file(path, std::ios::binary);
  onnx::ModelProto model;
  if (!file || !model.ParseFromIstream(&file)) return files;
  for (const auto& tensor : model.graph().initializer()) {
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "location") files.insert(entry.value());
    }
  }
  return files;
}

// The model and its data file cannot be renamed in one step. So the data file never takes another's place: where there
// is one of that name with other contents, this one has its contents' digest in its name, and the old pair is whole
// until the model is renamed.
void save_with_data(const Graph& graph, const std::string& path, const SaveOptions& options) {
  OutputFile model_file(path);
  if (model_file.is_stream()) {
    refuse("the model is too large for one piece, and a device or a pipe has no place for a second file",
           "name a file in a folder", path);
  }
  const fs::path target = written_path(path);
  const auto beside = [&](const std::string& name) { return (target.parent_path() / name).string(); };
  std::string name = target.filename().string() + ".data";
  google::protobuf::Arena arena;
  auto* message = google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  DataFile data = to_message(graph, name, options, *message);
  std::error_code ignored;
  const auto exists = [&] { return fs::exists(fs::symlink_status(beside(name), ignored)); };
  const std::set<std::string> old = data_files_of(target.string());
  bool is_there = exists();
  // Where the model that is replaced has a name with a digest, the same contents have it again.
  if (is_there ? !holds(beside(name), data) : !old.empty()) {
    ContentDigest digest;
    data.each_piece([&](const void* bytes, size_t size) { digest.add(bytes, size); });
    name = fmt::format("{}.{}.data", target.filename().string(), digest.text());
    message = google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
    data = to_message(graph, name, options, *message);
    is_there = exists() && holds(beside(name), data);
  }
  check_limit(message->ByteSizeLong(), kInAFile, path);
  write_message(*message, model_file);
  if (!is_there) {
    OutputFile data_file(beside(name));
    data.each_piece([&](const void* bytes, size_t size) { data_file.write(bytes, size); });
    data_file.finish();
  }
  try {
    model_file.finish();
  } catch (...) {
    if (!is_there) fs::remove(beside(name), ignored);
    throw;
  }
  // What save() made for the model that was here.
  for (const std::string& one : old) {
    const bool ours = one.starts_with(target.filename().string() + ".") && one.ends_with(".data") &&
                      one.find('/') == std::string::npos;
    if (ours && one != name) fs::remove(beside(one), ignored);
  }
}

}  // namespace

std::string serialize(const Graph& graph, const SaveOptions& options) {
  check_limit(weight_bytes(graph), kInOnePiece, "");
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  model_to_proto(graph, {.functions = options.functions}, message);
  check_limit(message.ByteSizeLong(), kInOnePiece, "");
  return message.SerializeAsString();
}

void save(const Graph& graph, const std::string& path, const SaveOptions& options) {
  if (weight_bytes(graph) > options.external_above) {
    save_with_data(graph, path, options);
    return;
  }
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  check_limit(weight_bytes(graph), kInAFile, path);
  model_to_proto(graph, {.functions = options.functions}, message);
  check_limit(message.ByteSizeLong(), kInAFile, path);
  OutputFile file(path);
  write_message(message, file);
  file.finish();
}

}  // namespace quoin
