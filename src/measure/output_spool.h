// A model's outputs over a whole dataset, kept on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "quoin/tensor.h"

namespace quoin {

// Takes each sample's outputs in any order, from several threads at once, and writes them in order as one .npz
// (Metric::command says how it looks).
class OutputSpool {
 public:
  // Works in `folder`, which is there and empty. Throws Error(kUsage) where it cannot be written to.
  OutputSpool(std::filesystem::path folder, std::vector<std::string> names, size_t samples);
  void add(size_t sample, const std::vector<Tensor>& outputs, std::optional<int64_t> label);
  // After every sample was added. Throws Error(kBadInput) naming an output that NumPy cannot hold.
  void write(const std::filesystem::path& npz);

 private:
  struct Piece {
    DataType type = DataType::kUndefined;
    Shape shape;
    std::streamoff offset = 0;
    size_t size = 0;
  };
  bool is_uniform(size_t output) const;

  std::filesystem::path folder_;
  std::vector<std::string> names_;
  std::vector<std::vector<Piece>> pieces_;  // by output, by sample
  std::vector<std::optional<int64_t>> labels_;
  std::fstream bytes_;
  std::streamoff end_ = 0;
  std::mutex mutex_;
};

}  // namespace quoin
