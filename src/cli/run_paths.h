// Every path that a run reads or writes, known before it begins.
#pragma once

#include <string>
#include <vector>

namespace quoin::cli {

// No input is ever overwritten, and no two outputs are one file, whatever links there are. Empty paths are left out.
class RunPaths {
 public:
  // `what` is for the message: "the plan".
  void reads(const std::string& path, const std::string& what);
  void reads_model(const std::string& path);                            // and its external data
  void reads_data(const std::string& data, const std::string& option);  // and what a dataset's TOML names
  void reads_list(const std::string& list, const std::string& patterns, const std::string& target);
  void reads_metric(const std::string& command);  // the files among its words
  void writes(const std::string& path, const std::string& option);
  void writes_model(const std::string& path, const std::string& option);  // and its data file

  // Throws Error(kUsage), naming both, where an output is an input or another output; or where an output cannot be
  // written. One that is stdout has it for itself: what is printed goes to stderr from then on, and `json` is refused.
  void check(bool json) const;

 private:
  struct Path {
    std::string path, what;
    bool is_folder = false;  // of data
    bool is_beside = false;  // made only where a model is large
  };
  std::vector<Path> inputs_, outputs_;
  std::vector<std::string> models_;
};

}  // namespace quoin::cli
