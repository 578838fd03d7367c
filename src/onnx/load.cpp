#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <limits>
#include <optional>

#include "base/descriptor.h"
#include "onnx/calls.h"
#include "onnx/check.h"
#include "onnx/external_data.h"
#include "onnx/finish_load.h"
#include "onnx/from_proto.h"
#include "onnx/infer.h"
#include "onnx/nesting.h"
#include "onnx/stated_types.h"
#include "onnx/to_proto.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

namespace io = google::protobuf::io;

constexpr const char* kReexport = "export or copy the model again";

struct Parsed {
  std::shared_ptr<google::protobuf::Arena> arena;
  onnx::ModelProto* model = nullptr;
};

// What else than a model they might be.
[[noreturn]] void refuse_bytes(std::string_view bytes, const std::string& where) {
  if (deepest_message(bytes) > kDeepestMessage) {
    refuse(fmt::format("its subgraphs or types are nested too deeply: more than {} messages lie in each other",
                       kDeepestMessage),
           "export it with fewer levels; no runtime reads it either", where);
  }
  const std::string_view start = bytes.substr(0, 128);
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

// Nothing where `input` is no model.
std::optional<Parsed> parse(io::ZeroCopyInputStream& input) {
  google::protobuf::ArenaOptions options;
  options.max_block_size = size_t{1} << 20;
  Parsed parsed;
  parsed.arena = std::make_shared<google::protobuf::Arena>(options);
  parsed.model = google::protobuf::Arena::CreateMessage<onnx::ModelProto>(parsed.arena.get());
  io::CodedInputStream coded(&input);
  coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
  coded.SetRecursionLimit(kDeepestMessage);
  if (!parsed.model->ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) return std::nullopt;
  // Bytes that happen to be a message have neither.
  if (!parsed.model->has_graph() && parsed.model->ir_version() == 0) return std::nullopt;
  return parsed;
}

Graph finish(const Parsed& parsed, const std::string& path, const std::string& where) {
  return finish_load(*parsed.model, {.path = path, .owner = parsed.arena, .where = where});
}

class ModelFile {
 public:
  explicit ModelFile(const std::string& path)
      : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (file_.is_open()) return;
    const int error = errno;
    if (error == ENOENT) refuse("the file does not exist", "check the path", path);
    refuse(fmt::format("the file cannot be opened: {}", std::strerror(error)), "check its permissions", path);
  }

  Parsed read() const {
    struct stat status {};
    if (::fstat(file_.number(), &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))) {
      refuse("this is not a regular file", "give a .onnx file", path_);
    }
    if (S_ISDIR(status.st_mode)) refuse("this is a folder, not a model", "give the .onnx file in it", path_);
    if (status.st_size == 0) refuse("the file is empty", kReexport, path_);
    if (status.st_size > std::numeric_limits<int>::max()) {
      refuse("the file is larger than protobuf's limit of 2 GiB", "save the model with external data", path_);
    }
    io::FileInputStream input(file_.number(), 1 << 20);
    if (const std::optional<Parsed> parsed = parse(input)) return *parsed;
    if (input.GetErrno() != 0) {
      refuse(fmt::format("the file cannot be read: {}", std::strerror(input.GetErrno())), "check the disk", path_);
    }
    refuse_content(static_cast<size_t>(status.st_size));
  }

 private:
  [[noreturn]] void refuse_content(size_t size) const {
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file_.number(), 0);
    if (address == MAP_FAILED) refuse(fmt::format("the file cannot be read: {}", std::strerror(errno)), "", path_);
    const auto unmap = [size](void* mapped) { ::munmap(mapped, size); };
    const std::unique_ptr<void, decltype(unmap)> mapping(address, unmap);
    refuse_bytes({static_cast<const char*>(address), size}, path_);
  }

  const std::string& path_;
  Descriptor file_;
};

}  // namespace

Graph finish_load(onnx::ModelProto& model, const ModelSource& source) {
  check_calls(model, source.where);
  ModelSource bounded = source;
  bounded.external = std::make_shared<ExternalRanges>();
  Graph graph = graph_from_proto(model, bounded);
  refuse_wrong_types(graph, source.where);
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  model_to_proto(graph, {.weights = Weights::kSmall, .all_types = true}, message);
  check_loaded(message, source.where);
  infer_shapes(graph, message, source.where);
  if (drop_false_pool_sizes(graph)) infer_shapes(graph);
  return graph;
}

Graph load(const std::string& path) { return finish(ModelFile(path).read(), path, path); }

Graph load_bytes(std::string_view bytes, const std::string& path) {
  if (bytes.empty()) refuse("the model is empty", kReexport, path);
  if (bytes.size() > std::numeric_limits<int>::max()) {
    refuse("the model is larger than protobuf's limit of 2 GiB", "save it with external data", path);
  }
  io::ArrayInputStream input(bytes.data(), static_cast<int>(bytes.size()));
  const std::optional<Parsed> parsed = parse(input);
  if (!parsed) refuse_bytes(bytes, path);
  return finish(*parsed, path, path);
}

}  // namespace quoin
