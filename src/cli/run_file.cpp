#include "cli/run_file.h"

#include "cli/command.h"
#include "quoin/report.h"

namespace quoin::cli {

Json run_file(const char* verb, const Json& results, const std::vector<ModelPicture>& pictures) {
  Json run{{"quoin_report", kRunFormat}, {"verb", verb}, {"quoin", kVersion}, {"command", command()}};
  run.update(results);
  run["report"] = Json::parse(json_report(pictures));
  return run;
}

}  // namespace quoin::cli
