// A stand-in for trtexec: takes the options of its version and refuses others, and writes files in the formats that
// NVIDIA/TensorRT samples/common/{sampleOptions,sampleReporting}.cpp describe. It runs no model: an output repeats the
// values of the first input, doubled.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace quoin {

class Standin {
 public:
  // `version` as trtexec prints it: 100300, 110100. `behavior`: entries of a Python dict, see below.
  explicit Standin(int version, const std::string& behavior = "")
      : folder_(std::filesystem::path(testing::TempDir()) / ("quoin-standin-" + test_name())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "trtexec") << "#!/usr/bin/env python3\nVERSION = " << version << "\nBEHAVIOR = {"
                                       << behavior << "}\n"
                                       << kProgram;
    std::filesystem::permissions(folder_ / "trtexec", std::filesystem::perms::owner_all);
  }
  ~Standin() { std::filesystem::remove_all(folder_); }
  Standin(const Standin&) = delete;
  Standin& operator=(const Standin&) = delete;

  std::string path() const { return (folder_ / "trtexec").string(); }
  std::filesystem::path folder() const { return folder_; }
  // The options of each run, as one line each, the first ("--help") left out.
  std::vector<std::string> runs() const {
    std::ifstream log(folder_ / "runs.txt");
    std::vector<std::string> lines;
    for (std::string line; std::getline(log, line);) {
      if (line != "--help") lines.push_back(line);
    }
    return lines;
  }
  static bool can_run() { return std::system("python3 -c '' >/dev/null 2>&1") == 0; }

 private:
  static std::string test_name() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    return std::string(info->test_suite_name()) + "-" + info->name();
  }

  // BEHAVIOR: "outputs": [(name, dimensions, type)], "layers": text, "profile": text, "times": [ms], "fail": option ->
  // message, "sleep": option -> seconds, "omit": option whose file is not written, "garbage": option whose file is cut
  // off.
  static constexpr const char* kProgram = R"py(
import os, struct, sys, time
here = os.path.dirname(os.path.abspath(__file__))
print("&&&& RUNNING TensorRT.trtexec [TensorRT v%d]%s # %s" % (VERSION, " [b32]" if VERSION >= 101600 else "", " ".join(sys.argv)), flush=True)
with open(os.path.join(here, "runs.txt"), "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\n")
options = {}
for argument in sys.argv[1:]:
    name, _, value = argument.partition("=")
    options[name] = value
COMMON = {"--onnx", "--saveEngine", "--loadEngine", "--skipInference", "--profilingVerbosity", "--timingCacheFile", "--minShapes",
          "--optShapes", "--maxShapes", "--shapes", "--noTF32", "--loadInputs", "--warmUp", "--duration", "--iterations", "--exportTimes",
          "--exportOutput", "--exportProfile", "--exportLayerInfo", "--stronglyTyped", "--useCudaGraph", "--useSpinWait",
          "--noDataTransfers", "--separateProfileRun", "--help"}
OWN = {"--fp16", "--int8", "--best"} if VERSION < 110000 else {"--includeDataTransfers", "--noCudaGraph", "--noSpinWait"}
def fail(message):
    print("[11/25/2026-00:00:00] [E] " + message, file=sys.stderr)
    sys.exit(1)
for name in options:
    if name not in COMMON | OWN:
        print("=== Model Options ===")
        fail("Unknown option: %s %s" % (name, options[name]))
if "--help" in options:
    print("=== Model Options ===")
    sys.exit(0)
if "--stronglyTyped" in options and OWN & set(options) & {"--fp16", "--int8"}:
    fail("precision flags are not allowed if graph is strongly typed")
print("[11/25/2026-00:00:00] [I] Selected Device: Stand-in GPU")
for name, seconds in BEHAVIOR.get("sleep", {}).items():
    if name in options:
        time.sleep(seconds)
for name, message in BEHAVIOR.get("fail", {}).items():
    if name in options:
        for line in message.split("\n"):
            print("[11/25/2026-00:00:00] [E] " + line, file=sys.stderr)
        print("&&&& FAILED TensorRT.trtexec [TensorRT v%d]" % VERSION, flush=True)
        sys.exit(1)
def write(option, text):
    if option not in options or option == BEHAVIOR.get("omit"):
        return
    with open(options[option], "w") as file:
        file.write(text[:len(text) // 2] if option == BEHAVIOR.get("garbage") else text)
if "--onnx" in options:
    open(options["--onnx"], "rb").close()
    write("--saveEngine", "plan")
    sys.exit(0)
open(options["--loadEngine"], "rb").close()
data = b""
for pair in filter(None, options.get("--loadInputs", "").split(",")):
    with open(pair.rpartition(":")[2], "rb") as file:
        data = data or file.read()
values = [2 * value for value in struct.unpack("<%df" % (len(data) // 4), data)]
def entry(ms):
    return '{ "startEnqMs" : 1, "endEnqMs" : 1.1, "startH2dMs" : 1, "endH2dMs" : 1, "startComputeMs" : 1, "endComputeMs" : 2, ' \
           '"startD2hMs" : 2, "endD2hMs" : 2, "h2dMs" : 0, "computeMs" : %g, "d2hMs" : 0, "latencyMs" : %g }\n' % (ms, ms)
write("--exportTimes", "[\n  " + ", ".join(entry(ms) for ms in BEHAVIOR.get("times", [3, 1, 2])) + "]\n")
outputs = ""
for i, (name, dimensions) in enumerate(BEHAVIOR.get("outputs", [("y", "1x3")])):
    outputs += '%s{ "name" : "%s"\n  , "dimensions" : "%s"\n  , "values" : [ %s ]\n  }\n' % (
        ", " if i else "  ", name, dimensions, ", ".join("%g" % value for value in values))
write("--exportOutput", "[\n" + outputs + "]\n")
write("--exportProfile", BEHAVIOR.get("profile", '[\n  { "count" : 7 }\n, { "name" : "y", "timeMs" : 7, "averageMs" : 1, '
      '"medianMs" : 0.5, "percentage" : 100 }\n]\n'))
write("--exportLayerInfo", BEHAVIOR.get("layers", '{"Layers": [{"Name": "y", "LayerType": "kgen", "Inputs": [], "Outputs": []}]}'))
)py";

  std::filesystem::path folder_;
};

}  // namespace quoin
