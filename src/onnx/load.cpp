#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <limits>

#include "onnx/check.h"
#include "onnx/finish_load.h"
#include "onnx/from_proto.h"
#include "onnx/infer.h"
#include "onnx/stated_types.h"
#include "onnx/to_proto.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

namespace io = google::protobuf::io;

constexpr int kDeepestMessage = 400;  // nested messages; a level of subgraphs takes three
constexpr const char* kReexport = "export or copy the model again";

struct Parsed {
  std::shared_ptr<google::protobuf::Arena> arena;
  onnx::ModelProto* model = nullptr;
};

// `start`: the first bytes, to say what else it might be.
[[noreturn]] void refuse_bytes(std::string_view start, const std::string& where) {
  if (start.starts_with("version https://git-lfs")) {
    refuse("this is a pointer to a file in Git LFS, not the model itself", "run 'git lfs pull'", where);
  }
  constexpr size_t kLooked = 64;
  bool text = !start.empty();
  for (const char c : start.substr(0, kLooked))
    text = text && (c == '\n' || c == '\r' || c == '\t' || (c >= ' ' && c <= '~'));
  if (text) refuse("this is text, not an ONNX model", "give a binary .onnx file", where);
  refuse("this is not an ONNX model, or it is cut off", kReexport, where);
}

Parsed parse(io::ZeroCopyInputStream& input, std::string_view start, const std::string& where) {
  google::protobuf::ArenaOptions options;
  options.max_block_size = size_t{1} << 20;
  Parsed parsed;
  parsed.arena = std::make_shared<google::protobuf::Arena>(options);
  parsed.model = google::protobuf::Arena::CreateMessage<onnx::ModelProto>(parsed.arena.get());
  io::CodedInputStream coded(&input);
  coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
  coded.SetRecursionLimit(kDeepestMessage);
  if (!parsed.model->ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) refuse_bytes(start, where);
  // Bytes that happen to be a message have neither.
  if (!parsed.model->has_graph() && parsed.model->ir_version() == 0) refuse_bytes(start, where);
  return parsed;
}

Graph finish(const Parsed& parsed, const std::string& path, const std::string& where) {
  return finish_load(*parsed.model, {.path = path, .owner = parsed.arena, .where = where});
}

class ModelFile {
 public:
  explicit ModelFile(const std::string& path) : path_(path) {
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) {
      const int error = errno;
      if (error == ENOENT) refuse("the file does not exist", "check the path", path);
      refuse(fmt::format("the file cannot be opened: {}", std::strerror(error)), "check its permissions", path);
    }
  }
  ~ModelFile() { ::close(descriptor_); }
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  Parsed read() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))) {
      refuse("this is not a regular file", "give a .onnx file", path_);
    }
    if (S_ISDIR(status.st_mode)) refuse("this is a folder, not a model", "give the .onnx file in it", path_);
    if (status.st_size == 0) refuse("the file is empty", kReexport, path_);
    if (status.st_size > std::numeric_limits<int>::max()) {
      refuse("the file is larger than protobuf's limit of 2 GiB", "save the model with external data", path_);
    }
    char start[128];
    const ssize_t got = ::pread(descriptor_, start, sizeof(start), 0);
    io::FileInputStream input(descriptor_, 1 << 20);
    return parse(input, std::string_view(start, static_cast<size_t>(std::max<ssize_t>(got, 0))), path_);
  }

 private:
  const std::string& path_;
  int descriptor_;
};

}  // namespace

Graph finish_load(onnx::ModelProto& model, const ModelSource& source) {
  Graph graph = graph_from_proto(model, source);
  refuse_wrong_types(graph, source.where);
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  model_to_proto(graph, {.weights = Weights::kSmall, .all_types = true}, message);
  check_loaded(message, source.where);
  infer_shapes(graph, message, source.where);
  return graph;
}

Graph load(const std::string& path) { return finish(ModelFile(path).read(), path, path); }

Graph load_bytes(std::string_view bytes, const std::string& path) {
  if (bytes.empty()) refuse("the model is empty", kReexport, path);
  if (bytes.size() > std::numeric_limits<int>::max()) {
    refuse("the model is larger than protobuf's limit of 2 GiB", "save it with external data", path);
  }
  io::ArrayInputStream input(bytes.data(), static_cast<int>(bytes.size()));
  return finish(parse(input, bytes.substr(0, 128), path), path, path);
}

}  // namespace quoin
