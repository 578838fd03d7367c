// quoin report RUN.json -o report.html
#include "quoin/report.h"

#include <fmt/format.h>

#include <memory>

#include "base/output_file.h"
#include "base/read_file.h"
#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/run_paths.h"
#include "cli/verb.h"

namespace quoin::cli {
namespace {

constexpr uint64_t kMostRun = uint64_t{512} << 20;  // pictures of large graphs are in it

struct ReportArguments {
  std::string run, output;
  bool json = false;
};

void run_report(const ReportArguments& options) {
  RunPaths paths;
  paths.reads(options.run, "the run's own file");
  paths.writes(options.output, "-o");
  paths.check(options.json);
  const std::string page =
      html_report(read_whole_file(options.run, "the run", "check the path", kMostRun), options.run);
  write_whole_file(options.output, page);
  if (options.json) {
    print_json(Json{{"run", options.run}, {"output", options.output}, {"bytes", page.size()}});
  } else {
    print(fmt::format("wrote {} ({:.0f} KiB): open it in a browser, it needs no network\n", options.output,
                      static_cast<double>(page.size()) / 1024));
  }
}

}  // namespace

void add_report(CLI::App& app) {
  const auto options = std::make_shared<ReportArguments>();
  CLI::App* verb = app.add_subcommand("report", "a run as one HTML page: verdict, table, picture of the graph, errors");
  verb->add_option("RUN", options->run, "what --report of compare, quantize or tune wrote")->required();
  verb->add_option("-o,--output", options->output, "the HTML file to write")->required();
  add_json_option(*verb, options->json);
  verb->footer(
      "Example: quoin report run.json -o report.html\nThe file comes from: quoin compare resnet20.onnx --target "
      "onnxruntime-cpu --calib 'cifar10.toml#calibration' --data 'cifar10.toml#test' --report run.json");
  verb->callback([options] { run_report(*options); });
}

}  // namespace quoin::cli
