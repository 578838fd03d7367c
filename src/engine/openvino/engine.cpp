#include "engine/openvino/engine.h"

#include "engine/feeds.h"
#include "engine/openvino/layers.h"
#include "engine/openvino/session.h"

namespace quoin::openvino {
namespace {

constexpr int kWarmUps = 2;

class OpenvinoEngine : public Engine {
 public:
  explicit OpenvinoEngine(const Library& library) : library_(library) {}
  std::string name() const override { return "openvino"; }
  std::string version() const override { return library_.version; }
  std::string library() const override { return library_.path; }
  std::unique_ptr<Session> open_bytes(std::string_view model, const SessionOptions& options) const override {
    return OpenvinoSession::from_bytes(library_, model, options);
  }
  std::unique_ptr<Session> open_file(const std::string& path, const SessionOptions& options) const override {
    return OpenvinoSession::from_file(library_, path, options);
  }
  std::vector<Kernel> kernels(std::string_view model, const NamedTensors& feeds, int runs,
                              const SessionOptions& options) const override {
    check_runs(runs);
    const auto session = OpenvinoSession::from_bytes(library_, model, options, true);
    for (int i = 0; i < kWarmUps; ++i) session->run(feeds);
    std::vector<std::vector<Layer>> profiled;
    for (int i = 0; i < runs; ++i) profiled.push_back(session->profile(feeds));
    return to_kernels(profiled);
  }

 private:
  const Library& library_;
};

}  // namespace

std::unique_ptr<Engine> open_engine(const std::string& library) {
  const LibraryFiles& files = library_files();
  return std::make_unique<OpenvinoEngine>(open_library(find_candidates(files, surroundings(files, library))));
}

}  // namespace quoin::openvino
