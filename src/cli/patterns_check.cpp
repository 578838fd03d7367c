#include "cli/patterns_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/output_file.h"
#include "cli/list_options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "quoin/engine.h"
#include "quoin/error.h"
#include "quoin/pattern_toml.h"
#include "quoin/patterns.h"
#include "quoin/prove_patterns.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct Subject {
  std::vector<PatternRef> patterns;
  std::optional<PatternList> order;
};

std::vector<PatternRef> patterns_of(const PatternList& list) {
  std::vector<PatternRef> patterns = list.conversions();
  patterns.insert(patterns.end(), list.fusions().begin(), list.fusions().end());
  return patterns;
}

// The patterns of a file stand in the order of its list: the one that is named, the only one, or as they are written.
Subject subject_of_file(const CheckOptions& options, const Target& target) {
  Subject subject;
  const PatternFile file = load_pattern_file(options.file);
  subject.patterns = file.patterns;
  const std::vector<PatternList> lists = resolve_lists(file, target);
  if (file.patterns.empty() && lists.empty()) {
    throw Error(ErrorCode::kBadInput, "the file has neither a [[pattern]] nor a [list]", "docs/patterns.md shows both",
                options.file);
  }
  if (!options.list.empty()) {
    subject.order = resolve_list(options.list, options.file, target);
  } else if (lists.size() == 1) {
    subject.order = lists.front();
  } else if (lists.empty()) {
    subject.order.emplace();
    subject.order->name = "of the file";
    for (const PatternRef& pattern : file.patterns) subject.order->add(pattern);
  }
  if (subject.patterns.empty() && subject.order) subject.patterns = patterns_of(*subject.order);
  return subject;
}

Subject subject_of(const CheckOptions& options) {
  const Target target = load_target(options.target);
  Subject subject;
  if (!options.file.empty()) {
    subject = subject_of_file(options, target);
  } else if (!options.list.empty()) {
    subject.order = resolve_list(options.list, "", target);
    subject.patterns = patterns_of(*subject.order);
  } else {
    subject.patterns = builtin_patterns();
  }
  if (options.pattern.empty()) return subject;
  std::vector<std::string> names;
  for (const PatternRef& pattern : subject.patterns) names.push_back(pattern->name());
  const auto found = std::find(names.begin(), names.end(), options.pattern);
  if (found == names.end()) {
    throw Error(
        ErrorCode::kUsage,
        fmt::format("there is no pattern '{}' to check{}", options.pattern, did_you_mean(options.pattern, names)),
        fmt::format("there are {}", fmt::join(names, ", ")), options.file);
  }
  subject.patterns = {subject.patterns[static_cast<size_t>(found - names.begin())]};
  return subject;
}

// NAME.before.txt and NAME.onnx per counterexample.
std::vector<std::string> write_counterexamples(const ListProof& proof, const std::string& folder) {
  std::vector<std::string> written;
  if (folder.empty()) return written;
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    throw Error(ErrorCode::kUsage, fmt::format("the folder cannot be made: {}", failure.message()),
                "give -o a folder that can be written", folder);
  }
  for (const PatternProof& one : proof.patterns) {
    if (!one.counterexample) continue;
    const std::string base = folder + "/" + one.pattern;
    const auto write = [&](const std::string& path, const std::string& text) {
      write_whole_file(path, text);
      written.push_back(path);
    };
    write(base + ".before.txt", one.counterexample->before);
    write(base + ".before.onnx", one.counterexample->model);
    if (!one.counterexample->after.empty()) write(base + ".after.txt", one.counterexample->after);
  }
  return written;
}

}  // namespace

void check_patterns(const CheckOptions& options) {
  if (options.count < 1) throw Error(ErrorCode::kUsage, fmt::format("--count is {}", options.count), "give 1 or more");
  const Subject subject = subject_of(options);
  const auto engine = open_engine(options.engine, {options.library});
  ProveOptions prove;
  prove.seed = options.seed;
  prove.count = options.count;
  prove.threads = std::max(1, cpu_info().cores);
  prove.progress = progress("proving patterns");
  const ListProof proof = prove_patterns(subject.patterns, *engine, prove, subject.order ? &*subject.order : nullptr);
  const std::vector<std::string> written = write_counterexamples(proof, options.output);
  print(options.json ? json_report(proof) : text_report(proof));
  if (!options.json) {
    for (const std::string& path : written) print(fmt::format("wrote {}\n", path));
  }
  if (!proof.holds()) check_failed();
}

}  // namespace quoin::cli
