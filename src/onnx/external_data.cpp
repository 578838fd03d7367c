#include "onnx/external_data.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/descriptor.h"
#include "onnx/tensor_proto.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostTimes = 8;  // tied weights are two or three tensors in one range
constexpr uint64_t kAlwaysTaken = uint64_t{64} << 20;

struct Place {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

[[noreturn]] void bad(std::string message, std::string remedy = "") {
  throw Error(ErrorCode::kBadInput, std::move(message), std::move(remedy));
}

uint64_t parse_number(const std::string& key, const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    bad(fmt::format("the {} '{}' of its external data is not a number", key, text));
  }
  return number;
}

Place place_of(const onnx::TensorProto& message) {
  Place place;
  for (const auto& entry : message.external_data()) {
    if (entry.key() == "location") place.location = entry.value();
    if (entry.key() == "offset") place.offset = parse_number("offset", entry.value());
    if (entry.key() == "length") place.length = parse_number("length", entry.value());
  }
  if (place.location.empty()) bad("its external data has no location");
  return place;
}

bool is_inside(const fs::path& file, const fs::path& root) {
  return std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first == root.end();
}

// The file, which must be inside the model's folder whatever links there are. Where the model is itself a link (a hub's
// cache keeps models and data as links to blobs elsewhere), that is the folder of the link, or the one that the model
// really lies in: a file that a stranger wrote decides over neither, for it can name no other folder, and makes no
// links.
fs::path inside_folder(const std::string& location, const std::string& model_path) {
  static constexpr const char* kRemedy = "keep external data in the model's folder, under a relative path";
  const fs::path relative(location);
  if (location.find('\0') != std::string::npos) bad("the location of its external data holds a zero byte");
  if (relative.is_absolute()) bad(fmt::format("its external data is at the absolute path '{}'", location), kRemedy);
  for (const fs::path& part : relative) {
    if (part == "..") bad(fmt::format("its external data '{}' is outside the model's folder", location), kRemedy);
  }
  std::error_code error;
  fs::path folder = fs::path(model_path).parent_path();
  if (folder.empty()) folder = ".";
  const fs::path root = fs::canonical(folder, error);
  if (error) bad(fmt::format("the model's folder '{}' cannot be opened", folder.string()));
  const fs::path real_model = fs::canonical(model_path, error);
  const fs::path real_root = error ? root : real_model.parent_path();
  fs::path file = fs::canonical(root / relative, error);
  if (error && real_root != root) file = fs::canonical(real_root / relative, error);
  if (error) {
    bad(fmt::format("its external data file '{}' does not exist", location), "put it beside the model");
  }
  if (!is_inside(file, root) && !is_inside(file, real_root)) {
    bad(fmt::format("its external data '{}' is a link that leaves the model's folder", location), kRemedy);
  }
  return file;
}

// Of a regular file; none for anything else.
std::optional<struct stat> status_of(const Descriptor& file) {
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return status;
}

std::shared_ptr<const std::byte[]> read_range(const Descriptor& file, uint64_t offset, uint64_t size,
                                              const std::string& location) {
  auto bytes = std::make_shared_for_overwrite<std::byte[]>(size);
  for (uint64_t done = 0; done < size;) {
    const ssize_t got = ::pread(file.number(), bytes.get() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) bad(fmt::format("its external data file '{}' cannot be read", location));
    done += static_cast<uint64_t>(got);
  }
  return bytes;
}

void inline_tensor(onnx::TensorProto& tensor, const ModelSource& source, const std::string& what) {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return;
  const Tensor read = tensor_from_proto(tensor, what, source);
  tensor.clear_external_data();
  tensor.clear_data_location();
  tensor.set_raw_data(read.bytes().data(), read.bytes().size());
}

void inline_graph(onnx::GraphProto& graph, const ModelSource& source) {
  for (auto& tensor : *graph.mutable_initializer()) {
    inline_tensor(tensor, source, "the initializer '" + tensor.name() + "'");
  }
  for (auto& node : *graph.mutable_node()) inline_external_data(node, source);
}

}  // namespace

bool ExternalRanges::count(const File& file, uint64_t file_size, uint64_t size) {
  if (files_.emplace(file, file_size).second) in_files_ += std::min(file_size, (uint64_t{1} << 56) - in_files_);
  in_tensors_ += size;  // each at most a file's size, so that the sum stays far below 2^64 before it is too much
  return in_tensors_ <= kAlwaysTaken + kMostTimes * in_files_;
}

std::shared_ptr<const std::byte[]> read_external_data(const onnx::TensorProto& message, uint64_t size,
                                                      const ModelSource& source) {
  if (source.path.empty()) {
    bad("it is external data, but the model comes from memory", "load the model from its file");
  }
  const Place place = place_of(message);
  const fs::path path = inside_folder(place.location, source.path);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const std::optional<struct stat> status = status_of(file);
  if (!status) bad(fmt::format("its external data file '{}' cannot be opened", place.location));
  const auto available = static_cast<uint64_t>(status->st_size);
  if (place.length && *place.length != size) {
    bad(fmt::format("type and shape need {} bytes, but its external data has {}", size, *place.length));
  }
  if (place.offset > available || size > available - place.offset) {
    bad(fmt::format("its external data is bytes {} to {} of '{}', which has {} bytes", place.offset,
                    place.offset + size, place.location, available),
        "the data file is cut off, or belongs to another model");
  }
  if (!source.external) return read_range(file, place.offset, size, place.location);
  const ExternalRanges::File id(status->st_dev, status->st_ino);
  if (!source.external->count(id, available, size)) {
    bad(fmt::format("with it, external data is more than {} times as large as the files that hold it: ranges overlap",
                    kMostTimes),
        "save the model again with a range of its own for each tensor");
  }
  std::shared_ptr<const std::byte[]>& bytes = source.external->bytes(id, place.offset, size);
  if (!bytes) bytes = read_range(file, place.offset, size, place.location);
  return bytes;
}

void inline_external_data(onnx::AttributeProto& attribute, const ModelSource& source) {
  const std::string what = "the attribute '" + attribute.name() + "'";
  if (attribute.has_t()) inline_tensor(*attribute.mutable_t(), source, what);
  for (auto& tensor : *attribute.mutable_tensors()) inline_tensor(tensor, source, what);
  const auto inline_sparse = [&](onnx::SparseTensorProto& sparse) {
    if (sparse.has_values()) inline_tensor(*sparse.mutable_values(), source, what);
    if (sparse.has_indices()) inline_tensor(*sparse.mutable_indices(), source, what);
  };
  if (attribute.has_sparse_tensor()) inline_sparse(*attribute.mutable_sparse_tensor());
  for (auto& sparse : *attribute.mutable_sparse_tensors()) inline_sparse(sparse);
  if (attribute.has_g()) inline_graph(*attribute.mutable_g(), source);
  for (auto& graph : *attribute.mutable_graphs()) inline_graph(graph, source);
}

void inline_external_data(onnx::NodeProto& node, const ModelSource& source) {
  for (auto& attribute : *node.mutable_attribute()) inline_external_data(attribute, source);
}

}  // namespace quoin
