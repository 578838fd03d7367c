#include "engine/ort/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

namespace quoin::ort {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStem = "libonnxruntime.so.1";

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read once, before any session runs
  return value == nullptr ? "" : value;
}

// Sorted, so that the order on disk does not matter; unreadable folders count as empty.
std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

class Search {
 public:
  void try_file(const fs::path& file) {
    if (!seen_.insert(file.string()).second) return;
    std::error_code failed;
    (fs::exists(file, failed) ? result_.files : result_.empty_places).push_back(file.string());
  }

  // The wheel keeps the library under its full version; the newest wins.
  void try_wheel(const fs::path& packages) {
    const fs::path capi = packages / "onnxruntime" / "capi";
    if (!seen_.insert(capi.string()).second) return;
    fs::path best;
    std::vector<int> best_version;
    for (const fs::path& entry : entries(capi)) {
      const std::string name = entry.filename().string();
      if (!name.starts_with(kStem)) continue;
      const std::vector<int> version = version_numbers(name.substr(std::string_view("libonnxruntime.so.").size()));
      if (version > best_version) best = entry, best_version = version;
    }
    if (best.empty()) {
      result_.empty_places.push_back((capi / "libonnxruntime.so.1.*").string());
    } else {
      result_.files.push_back(best.string());
    }
  }

  // `prefix` is what has bin/ and lib/ in it.
  void try_python(const fs::path& prefix) {
    bool any = false;
    for (const char* library : {"lib", "lib64"}) {
      for (const fs::path& entry : entries(prefix / library)) {
        if (!entry.filename().string().starts_with("python3")) continue;
        for (const char* packages : {"site-packages", "dist-packages"}) {
          std::error_code failed;
          if (!fs::is_directory(entry / packages, failed)) continue;
          any = true;
          try_wheel(entry / packages);
        }
      }
    }
    const std::string pattern = (prefix / "lib" / "python3*" / "site-packages").string();
    if (!any && seen_.insert(pattern).second) result_.empty_places.push_back(pattern);
  }

  void try_upwards(const fs::path& folder) {
    if (folder.empty()) return;
    for (fs::path at = folder;; at = at.parent_path()) {
      try_file(at / ".deps" / "onnxruntime" / "lib" / kStem);
      if (at == at.parent_path()) return;
    }
  }

  // The loader itself knows where the system's libraries are.
  void try_system() { result_.files.emplace_back(kStem); }

  Candidates take() { return std::move(result_); }

 private:
  Candidates result_;
  std::set<std::string> seen_;
};

// The first python3 on PATH; empty where there is none.
fs::path find_python(const std::string& path) {
  std::istringstream folders(path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::error_code failed;
    const fs::path python = fs::path(folder) / "python3";
    if (!folder.empty() && fs::exists(python, failed)) return python;
  }
  return {};
}

}  // namespace

std::vector<int> version_numbers(const std::string& version) {
  std::vector<int> numbers;
  const char* at = version.data();
  const char* const end = at + version.size();
  while (at != end) {
    int number = 0;
    const auto [stop, failed] = std::from_chars(at, end, number);
    if (failed != std::errc() || number < 0) return numbers;
    numbers.push_back(number);
    if (stop == end || *stop != '.') return numbers;
    at = stop + 1;
  }
  return numbers;
}

std::string version_problem(const std::string& version, int minor) {
  if (version_numbers(version) >= std::vector<int>{1, minor}) return "";
  return fmt::format("is version {}, but 1.{} or newer is needed", version, minor);
}

Surroundings surroundings(const std::string& library) {
  std::error_code failed;
  Surroundings around;
  around.library = library;
  around.variable = environment("QUOIN_ONNXRUNTIME");
  around.virtual_env = environment("VIRTUAL_ENV");
  around.path = environment("PATH");
  around.program = fs::read_symlink("/proc/self/exe", failed).parent_path().string();
  around.current = fs::current_path(failed).string();
  return around;
}

Candidates find_candidates(const Surroundings& around) {
  if (!around.library.empty()) return {{around.library}, {}};
  if (!around.variable.empty()) return {{around.variable}, {}};
  Search search;
  if (!around.virtual_env.empty()) search.try_python(around.virtual_env);
  if (const fs::path python = find_python(around.path); !python.empty()) {
    // First as it is named (a virtual environment's python3 is a link), then where it really is.
    search.try_python(python.parent_path().parent_path());
    std::error_code failed;
    const fs::path real = fs::canonical(python, failed);
    if (!failed) search.try_python(real.parent_path().parent_path());
  }
  search.try_upwards(around.program);
  search.try_upwards(around.current);
  search.try_system();
  return search.take();
}

}  // namespace quoin::ort
