// quoin report RUN.json -o report.html
#include "quoin/report.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/verb.h"

namespace quoin::cli {
namespace {

struct ReportArguments {
  std::string run, output;
  bool json = false;
};

std::string read_text(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw Error(ErrorCode::kBadInput, "there is no such file", "check the path", path);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw Error(ErrorCode::kBadInput, "the file cannot be read", "check its permissions", path);
  return std::move(text).str();
}

void run_report(const ReportArguments& options) {
  check_output(options.output, "");
  std::error_code error;
  if (std::filesystem::equivalent(options.output, options.run, error) && !error) {
    throw Error(ErrorCode::kUsage, "the output is the run's own file, which is never overwritten",
                "name another file with -o", options.output);
  }
  const std::string page = html_report(read_text(options.run), options.run);
  write_file(options.output, page);
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
