// One folder and one program: models in, engines built once, runs one after the other.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/temporary_folder.h"
#include "engine/tensorrt/commands.h"
#include "engine/tensorrt/program.h"

namespace quoin::tensorrt {

class Workspace {
 public:
  // Throws Error(kMissingRuntime), see open_program().
  Workspace(const Places& places, double timeout_seconds);

  const Program& program() const { return program_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  // What trtexec calls the GPU; "" before it has run anything there.
  std::string device() const;
  // How the engines were built: "weakly typed, FP16 allowed".
  std::string typings() const;

  // The file that holds `model`, written once for equal bytes; its name in the folder.
  std::string add_model(std::string_view model);
  // Builds the engine, or gives the one built before for an equal request (`engine` is ours to choose). Throws
  // Error(kCheckFailed) with the program's messages.
  std::string build(BuildRequest request);
  // A name in the folder, for what goes in or comes out of one run.
  std::string next_file(std::string_view stem);
  // Runs the program in the folder. Throws Error(kCheckFailed) where it fails or does not end; `doing` is for the
  // message: "run the model".
  void run(const std::vector<std::string>& options, std::string_view doing);
  // A file for the program. Throws Error(kCheckFailed).
  void write_temporary(const std::filesystem::path& path, const void* data, size_t size) const;
  // The whole file, which the program wrote. Removes it. Throws Error(kCheckFailed) where there is none.
  std::string take(const std::string& name);

 private:
  void invoke(const std::vector<std::string>& options, std::string_view doing);

  TemporaryFolder folder_;
  double timeout_seconds_;
  Program program_;
  mutable std::mutex mutex_;                                 // one GPU: one run at a time
  std::map<std::string, std::string, std::less<>> models_;   // bytes' digest -> file
  std::map<std::vector<std::string>, std::string> engines_;  // build options -> file
  std::map<Typing, int> typings_;                            // engines built
  std::string device_;
  int files_ = 0;
};

}  // namespace quoin::tensorrt
