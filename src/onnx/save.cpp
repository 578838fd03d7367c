#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>

#include "onnx/tensor_proto.h"
#include "onnx/to_proto.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;
namespace io = google::protobuf::io;

constexpr uint64_t kAlignment = 64;  // of each tensor in a data file
constexpr auto kLimit = static_cast<uint64_t>(std::numeric_limits<int>::max());

[[noreturn]] void refuse_write(const std::string& path, int error) {
  const bool no_folder = error == ENOENT;
  refuse(fmt::format("the file cannot be written: {}", std::strerror(error)),
         no_folder ? "make its folder first" : "check the folder's permissions and the free space", path);
}

// A file beside `target` that takes its place by finish(), and is gone without it.
class NewFile {
 public:
  explicit NewFile(std::string target) : target_(std::move(target)) {
    // A few tries get past files left by a killed process.
    for (int i = 0; i < 100; ++i) {
      temporary_ = fmt::format("{}.{}.{}.part", target_, ::getpid(), i);
      descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ >= 0 || errno != EEXIST) break;
    }
    if (descriptor_ < 0) {
      temporary_.clear();
      refuse_write(target_, errno);
    }
  }
  ~NewFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    if (!backup_.empty()) ::rename(backup_.c_str(), target_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(const void* data, size_t size) {
    const char* bytes = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t done = ::write(descriptor_, bytes, size);
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) refuse_write(target_, errno);
      bytes += done;
      size -= static_cast<size_t>(done);
    }
  }

  void write(const onnx::ModelProto& message) {
    io::FileOutputStream stream(descriptor_, 1 << 20);
    if (!message.SerializeToZeroCopyStream(&stream) || !stream.Flush()) refuse_write(target_, stream.GetErrno());
  }

  // Puts the file in its place; what was there before is kept until keep().
  void finish() {
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    if (closed != 0) refuse_write(target_, errno);
    std::error_code error;
    if (fs::is_directory(target_, error)) refuse_write(target_, EISDIR);
    const std::string backup = temporary_ + ".old";
    if (::rename(target_.c_str(), backup.c_str()) == 0) backup_ = backup;
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) refuse_write(target_, errno);
    temporary_ = backup_.empty() ? target_ : "";  // taken away again without keep()
  }

  void keep() {
    temporary_.clear();
    if (!backup_.empty()) ::unlink(backup_.c_str());
    backup_.clear();
  }

 private:
  std::string target_, temporary_, backup_;
  int descriptor_ = -1;
};

// The tensors of a data file, in order.
class DataFile {
 public:
  DataFile(const std::string& model_path, size_t smallest)
      : name_(fs::path(model_path).filename().string() + ".data"), smallest_(smallest) {}

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

  void write(NewFile& file) const {
    uint64_t at = 0;
    for (const auto& [offset, tensor] : tensors_) {
      const std::string padding(offset - at, '\0');
      file.write(padding.data(), padding.size());
      file.write(tensor.bytes().data(), tensor.bytes().size());
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

void check_limit(uint64_t bytes, const std::string& where) {
  if (bytes <= kLimit) return;
  refuse(fmt::format("the model is {} MiB in one piece, more than protobuf's limit of 2 GiB", bytes >> 20),
         "save it to a file with external data", where);
}

}  // namespace

std::string serialize(const Graph& graph, const SaveOptions& options) {
  check_limit(weight_bytes(graph), "");
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  model_to_proto(graph, {.functions = options.functions}, message);
  check_limit(message.ByteSizeLong(), "");
  return message.SerializeAsString();
}

void save(const Graph& graph, const std::string& path, const SaveOptions& options) {
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  ProtoOptions proto_options{.functions = options.functions};
  std::optional<DataFile> data;
  if (weight_bytes(graph) > options.external_above) {
    data.emplace(path, options.external_tensor_bytes);
    proto_options.store = [&](const Tensor& tensor, onnx::TensorProto& out) { return data->store(tensor, out); };
  } else {
    check_limit(weight_bytes(graph), path);
  }
  model_to_proto(graph, proto_options, message);
  check_limit(message.ByteSizeLong(), path);

  NewFile model_file(path);
  model_file.write(message);
  std::optional<NewFile> data_file;
  if (data) {
    data_file.emplace(path + ".data");
    data->write(*data_file);
    data_file->finish();
  }
  model_file.finish();
  if (data_file) data_file->keep();
  model_file.keep();
}

}  // namespace quoin
