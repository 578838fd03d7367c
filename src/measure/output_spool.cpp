#include "measure/output_spool.h"

#include <fmt/format.h>

#include <algorithm>

#include "calibrate/npz_writer.h"
#include "quoin/error.h"

namespace quoin {
namespace {

[[noreturn]] void fail_write(const std::filesystem::path& path) {
  throw Error(ErrorCode::kUsage, "the outputs for the metric's command cannot be written",
              "check the room on the disk, or set TMPDIR to another folder", path.string());
}

// NumPy has no bfloat16.
Tensor for_numpy(const Tensor& tensor) {
  if (tensor.type() != DataType::kBfloat16) return tensor;
  return Tensor::from(tensor.shape(), tensor.to_floats());
}

}  // namespace

OutputSpool::OutputSpool(std::filesystem::path folder, std::vector<std::string> names, size_t samples)
    : folder_(std::move(folder)),
      names_(std::move(names)),
      pieces_(names_.size(), std::vector<Piece>(samples)),
      labels_(samples) {
  const auto path = folder_ / "outputs.bin";
  bytes_.open(path, std::ios::in | std::ios::out | std::ios::binary | std::ios::trunc);
  if (!bytes_) fail_write(path);
}

void OutputSpool::add(size_t sample, const std::vector<Tensor>& outputs, std::optional<int64_t> label) {
  const std::lock_guard lock(mutex_);
  labels_[sample] = label;
  for (size_t i = 0; i < names_.size(); ++i) {
    const Tensor tensor = for_numpy(outputs[i]);
    const auto bytes = tensor.bytes();
    bytes_.seekp(end_);
    bytes_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!bytes_) fail_write(folder_);
    pieces_[i][sample] = {tensor.type(), tensor.shape(), end_, bytes.size()};
    end_ += static_cast<std::streamoff>(bytes.size());
  }
}

bool OutputSpool::is_uniform(size_t output) const {
  const std::vector<Piece>& pieces = pieces_[output];
  return std::all_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
    return piece.type == pieces[0].type && piece.shape == pieces[0].shape;
  });
}

void OutputSpool::write(const std::filesystem::path& npz) {
  std::vector<NpzMember> members;
  const auto begin = [&](const std::string& name, DataType type, const Shape& shape) {
    members.push_back({name, folder_ / fmt::format("{}.npy", members.size())});
    std::ofstream file(members.back().file, std::ios::binary);
    try {
      file << npy_header(type, shape);
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("the output '{}': {}", name, error.message()), error.remedy());
    }
    return file;
  };
  // What was buffered is written now or not at all.
  const auto end = [&](std::ofstream& file) {
    file.close();
    if (!file) fail_write(folder_);
  };
  std::vector<char> buffer;
  const auto copy = [&](const Piece& piece, std::ofstream& to) {
    buffer.resize(piece.size);
    bytes_.seekg(piece.offset);
    bytes_.read(buffer.data(), static_cast<std::streamsize>(piece.size));
    to.write(buffer.data(), static_cast<std::streamsize>(piece.size));
    if (!bytes_ || !to) fail_write(folder_);
  };
  for (size_t i = 0; i < names_.size(); ++i) {
    const std::vector<Piece>& pieces = pieces_[i];
    if (is_uniform(i)) {
      Shape shape = pieces[0].shape;
      if (shape.empty() || shape[0] != 1) shape.insert(shape.begin(), 1);
      shape[0] = static_cast<int64_t>(pieces.size());
      std::ofstream file = begin(names_[i], pieces[0].type, shape);
      for (const Piece& piece : pieces) copy(piece, file);
      end(file);
      continue;
    }
    for (size_t sample = 0; sample < pieces.size(); ++sample) {
      std::ofstream file = begin(fmt::format("{}#{}", names_[i], sample), pieces[sample].type, pieces[sample].shape);
      copy(pieces[sample], file);
      end(file);
    }
  }
  if (std::all_of(labels_.begin(), labels_.end(), [](const auto& label) { return label.has_value(); })) {
    std::ofstream file = begin("labels", DataType::kInt64, {static_cast<int64_t>(labels_.size())});
    for (const auto& label : labels_) file.write(reinterpret_cast<const char*>(&*label), sizeof(*label));
    end(file);
  }
  write_npz(npz, members);
  for (const NpzMember& member : members) std::filesystem::remove(member.file);
}

}  // namespace quoin
