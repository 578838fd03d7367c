#include "engine/ort/engine.h"

#include <fmt/format.h>

#include <fstream>

#include "base/temporary_folder.h"
#include "engine/feeds.h"
#include "engine/ort/profile.h"
#include "engine/ort/session.h"

namespace quoin::ort {
namespace {

constexpr int kWarmUps = 2;

class OrtEngine : public Engine {
 public:
  explicit OrtEngine(const Library& library) : library_(library) {}
  std::string name() const override { return "onnxruntime"; }
  std::string version() const override { return library_.version; }
  std::string library() const override { return library_.path; }
  std::unique_ptr<Session> open_bytes(std::string_view model, const SessionOptions& options) const override {
    return OrtRunner::from_bytes(library_, model, options);
  }
  std::unique_ptr<Session> open_file(const std::string& path, const SessionOptions& options) const override {
    return OrtRunner::from_file(library_, path, options);
  }
  std::vector<Kernel> kernels(std::string_view model, const NamedTensors& feeds, int runs,
                              const SessionOptions& options) const override {
    check_runs(runs);
    const TemporaryFolder folder("quoin-profile");
    const std::unique_ptr<OrtRunner> session =
        OrtRunner::from_bytes(library_, model, options, (folder.path() / "profile").string());
    for (int i = 0; i < kWarmUps + runs; ++i) session->run(feeds);
    const std::string path = session->end_profiling();
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      throw Error(ErrorCode::kCheckFailed, fmt::format("ONNX Runtime wrote no profile to '{}'", path),
                  "Check that the temporary folder has room.");
    }
    return read_profile(file, kWarmUps);
  }

 private:
  const Library& library_;
};

}  // namespace

std::unique_ptr<Engine> open_engine(const std::string& library) {
  return std::make_unique<OrtEngine>(open_library(find_candidates(surroundings(library))));
}

}  // namespace quoin::ort
