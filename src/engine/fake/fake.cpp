#include <utility>

#include "engine/feeds.h"
#include "quoin/engine.h"

namespace quoin {
namespace {

using Compute = std::function<NamedTensors(const NamedTensors&)>;

class FakeSession : public Session {
 public:
  FakeSession(FakeModel model, Compute compute) : model_(std::move(model)), compute_(std::move(compute)) {}
  const std::vector<PortInfo>& inputs() const override { return model_.inputs; }
  const std::vector<PortInfo>& outputs() const override { return model_.outputs; }
  NamedTensors run(const NamedTensors& feeds) const override {
    order_feeds(model_.inputs, feeds);
    return compute_(feeds);
  }

 private:
  FakeModel model_;
  Compute compute_;
};

class FakeEngine : public Engine {
 public:
  FakeEngine(FakeModel model, Compute compute) : model_(std::move(model)), compute_(std::move(compute)) {}
  std::string name() const override { return "fake"; }
  std::string version() const override { return "1.0.0"; }
  std::string library() const override { return ""; }
  std::unique_ptr<Session> open_bytes(std::string_view, const SessionOptions& options) const override {
    check_options(options);
    return std::make_unique<FakeSession>(model_, compute_);
  }
  std::unique_ptr<Session> open_file(const std::string&, const SessionOptions& options) const override {
    return open_bytes("", options);
  }
  std::vector<Kernel> kernels(std::string_view, const NamedTensors& feeds, int runs,
                              const SessionOptions& options) const override {
    check_options(options);
    check_runs(runs);
    order_feeds(model_.inputs, feeds);
    std::vector<Kernel> kernels;
    for (const PortInfo& output : model_.outputs) kernels.push_back({.node = output.name, .op = "Fake", .domain = ""});
    return kernels;
  }

 private:
  FakeModel model_;
  Compute compute_;
};

}  // namespace

std::unique_ptr<Engine> make_fake_engine(FakeModel model, std::function<NamedTensors(const NamedTensors&)> compute) {
  return std::make_unique<FakeEngine>(std::move(model), std::move(compute));
}

}  // namespace quoin
