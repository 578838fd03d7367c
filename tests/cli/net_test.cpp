// What the net of random graphs found wrong once (tests/net/found): every mended one stays mended.
#include "cli/run_quoin.h"

namespace quoin {
namespace {

TEST_F(Cli, NetReplay) {
  const fs::path python = QUOIN_SOURCE_DIR "/.deps/venv/bin/python";
  if (!fs::exists(python)) GTEST_SKIP() << "no Python with ONNX Runtime";
  const std::string command = "'" + python.string() +
                              "' '" QUOIN_SOURCE_DIR "/tests/net/replay.py' --mended --quoin '" QUOIN_BINARY_DIR
                              "/quoin' >'" +
                              path("out") + "' 2>&1 </dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0) << read_file(path("out"));
}

}  // namespace
}  // namespace quoin
