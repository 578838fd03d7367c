#include "engine/search.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAnyVersion = ".*";

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

// The file that `path` stands for; empty where there is none.
fs::path newest(const fs::path& path) {
  std::string stem = path.filename().string();
  if (!stem.ends_with(kAnyVersion)) {
    std::error_code failed;
    return fs::exists(path, failed) ? path : fs::path();
  }
  stem.pop_back();
  fs::path best;
  std::vector<int> best_version;
  for (const fs::path& entry : entries(path.parent_path())) {
    const std::string name = entry.filename().string();
    if (!name.starts_with(stem)) continue;
    const std::vector<int> version = version_numbers(name.substr(stem.size()));
    if (version > best_version) best = entry, best_version = version;
  }
  return best;
}

}  // namespace

// Made by root, or by whoever made the program or runs it: in /tmp anybody can make a .deps.
bool is_trusted(const fs::path& folder) {
  struct stat status {
  }, program{};
  if (::stat(folder.c_str(), &status) != 0 || status.st_uid == 0 || status.st_uid == ::geteuid()) return true;
  return ::stat("/proc/self/exe", &program) == 0 && status.st_uid == program.st_uid;
}

namespace {

class Search {
 public:
  explicit Search(const LibraryFiles& wanted) : wanted_(wanted) {}

  void try_path(const fs::path& path) {
    if (!seen_.insert(path.string()).second) return;
    const fs::path file = newest(path);
    if (file.empty()) {
      result_.empty_places.push_back(path.string());
    } else {
      result_.files.push_back(file.string());
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
          try_path(entry / packages / wanted_.in_wheel);
        }
      }
    }
    const std::string pattern = (prefix / "lib" / "python3*" / "site-packages").string();
    if (!any && seen_.insert(pattern).second) result_.empty_places.push_back(pattern);
  }

  void try_upwards(const fs::path& folder) {
    if (folder.empty() || wanted_.in_deps.empty()) return;
    for (fs::path at = folder;; at = at.parent_path()) {
      if (is_trusted(at / ".deps")) try_path(at / ".deps" / wanted_.in_deps);
      if (at == at.parent_path()) return;
    }
  }

  // The loader itself knows where libraries are that are named without a folder.
  void try_system() {
    for (const std::string& file : wanted_.system) {
      if (file.find('/') == std::string::npos) {
        result_.files.push_back(file);
      } else {
        try_path(file);
      }
    }
  }

  Candidates take() { return std::move(result_); }

 private:
  const LibraryFiles& wanted_;
  Candidates result_;
  std::set<std::string> seen_;
};

// The first python3 on PATH; empty where there is none.
fs::path find_python(const std::string& path) {
  std::istringstream folders(path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::error_code failed;
    const fs::path python = fs::path(folder) / "python3";
    // Not of the current folder, which may be anybody's.
    if (python.is_absolute() && fs::exists(python, failed)) return python;
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

Surroundings surroundings(const LibraryFiles& files, const std::string& library) {
  std::error_code failed;
  Surroundings around;
  around.library = library;
  around.variable = environment(files.variable.c_str());
  around.virtual_env = environment("VIRTUAL_ENV");
  around.path = environment("PATH");
  around.program = fs::read_symlink("/proc/self/exe", failed).parent_path().string();
  return around;
}

Candidates find_candidates(const LibraryFiles& files, const Surroundings& around) {
  if (!around.library.empty()) return {{around.library}, {}};
  if (!around.variable.empty()) return {{around.variable}, {}};
  Search search(files);
  if (fs::path(around.virtual_env).is_absolute()) search.try_python(around.virtual_env);
  if (const fs::path python = find_python(around.path); !python.empty()) {
    // First as it is named (a virtual environment's python3 is a link), then where it really is.
    search.try_python(python.parent_path().parent_path());
    std::error_code failed;
    const fs::path real = fs::canonical(python, failed);
    if (!failed) search.try_python(real.parent_path().parent_path());
  }
  search.try_upwards(around.program);
  search.try_system();
  return search.take();
}

}  // namespace quoin
