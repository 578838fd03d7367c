// docs/patterns.md: every snippet does what the page says, and its list of built-ins is the program's.
#include <map>

#include "cli/run_quoin.h"

namespace quoin {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPage = QUOIN_SOURCE_DIR "/docs/patterns.md";

struct Block {
  std::string heading, language, text;
};

// The fenced blocks of the page, each with the heading it stands under.
std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::istringstream lines(page);
  std::string line, heading;
  bool inside = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("```")) {
      if (!inside) blocks.push_back({heading, line.substr(3), ""});
      inside = !inside;
    } else if (inside) {
      blocks.back().text += line + "\n";
    } else if (line.starts_with("#")) {
      heading = line.substr(line.find(' ') + 1);
    }
  }
  return blocks;
}

// The names that [[pattern]] tables give.
std::vector<std::string> pattern_names(const std::string& toml) {
  std::vector<std::string> names;
  std::istringstream lines(toml);
  std::string line;
  bool in_pattern = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("[")) in_pattern = line.starts_with("[[pattern]]");
    if (!in_pattern || !line.starts_with("name")) continue;
    const size_t open = line.find('"'), close = line.rfind('"');
    names.push_back(line.substr(open + 1, close - open - 1));
  }
  return names;
}

class PatternsPage : public Cli {
 protected:
  // A line as a person types it, in the test's folder.
  Outcome shell(const std::string& line) {
    const std::string out = path("stdout"), err = path("stderr");
    const std::string command = "cd '" + path("") + "' && PATH='" QUOIN_BINARY_DIR "':\"$PATH\" && " + line;
    std::ofstream(path("line.sh")) << command << "\n";
    const int status = std::system(("sh '" + path("line.sh") + "' >'" + out + "' 2>'" + err + "' </dev/null").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
  }
  void save_list(std::string toml) {
    // A pattern alone needs a list to be applied.
    if (toml.find("[list]") == std::string::npos) {
      toml += "\n[list]\nname = \"only\"\n";
      std::string conversions, fusions;
      size_t at = 0;
      for (const std::string& name : pattern_names(toml)) {
        at = toml.find("\"" + name + "\"", at);
        const size_t next = std::min(toml.find("[[pattern]]", at), toml.find("[list]", at));
        const bool converts = toml.substr(at, next - at).find("\"conversion\"") != std::string::npos;
        (converts ? conversions : fusions) += "\"" + name + "\", ";
      }
      toml += "conversions = [" + conversions + "]\nfusions = [" + fusions + "]\n";
    }
    make("mine.toml", toml);
  }
};

TEST_F(PatternsPage, TheShellLinesRunAsTyped) {
  fs::create_directory_symlink(QUOIN_SOURCE_DIR "/examples", path("examples"));
  int lines = 0;
  for (const Block& block : blocks_of(read_file(kPage))) {
    if (block.language == "toml") make("mine.toml", block.text);
    if (block.language != "sh") continue;
    std::istringstream text(block.text);
    std::string line;
    while (std::getline(text, line)) {
      if (line.empty()) continue;
      ++lines;
      const Outcome outcome = shell(line);
      if (outcome.code == 4) GTEST_SKIP() << outcome.err;
      EXPECT_EQ(outcome.code, 0) << line << "\n" << outcome.err << outcome.out;
    }
  }
  EXPECT_GE(lines, 5);
}

TEST_F(PatternsPage, TheCookbookMatchesItsGraphs) {
  std::map<std::string, std::string> toml;
  int recipes = 0;
  for (const Block& block : blocks_of(read_file(kPage))) {
    if (block.language == "toml") toml[block.heading] = block.text;
    if (block.language != "onnx") continue;
    ++recipes;
    ASSERT_TRUE(toml.contains(block.heading)) << block.heading;
    save_list(toml[block.heading]);
    make("model.onnx", bytes_of(block.text));
    const Outcome match = run({"match", path("model.onnx"), "--patterns", path("mine.toml")});
    EXPECT_EQ(match.code, 0) << block.heading << ": " << match.err << match.out;
    const Outcome json = run({"match", path("model.onnx"), "--patterns", path("mine.toml"), "--json"});
    for (const std::string& name : pattern_names(toml[block.heading]))
      EXPECT_THAT(json.out, HasSubstr("\"" + name + "\"")) << block.heading;
    const Outcome check = run({"patterns", "check", path("mine.toml"), "--count", "12"});
    if (check.code == 4) continue;
    EXPECT_EQ(check.code, 0) << block.heading << ": " << check.err << check.out;
    EXPECT_THAT(check.out, HasSubstr(" 0 not proved")) << block.heading;
  }
  EXPECT_EQ(recipes, 10);
}

TEST_F(PatternsPage, TheCodeIsThatOfTheExample) {
  const std::string example_code = read_file(QUOIN_SOURCE_DIR "/examples/custom_patterns.cpp");
  int snippets = 0;
  for (const Block& block : blocks_of(read_file(kPage))) {
    if (block.language != "cpp") continue;
    ++snippets;
    EXPECT_THAT(example_code, HasSubstr(block.text));
  }
  EXPECT_EQ(snippets, 1);
}

TEST_F(PatternsPage, TheListOfBuiltinsIsTheProgramsOwn) {
  const std::string page = read_file(kPage), list = run({"patterns", "list"}).out;
  const size_t heading = page.find("## Built-in patterns");
  ASSERT_NE(heading, std::string::npos);
  const size_t begin = page.find("```\n", heading) + 4, end = page.find("```", begin);
  if (page.substr(begin, end - begin) == list) return;
  const char* update = std::getenv("QUOIN_UPDATE_SNAPSHOTS");
  if (update && std::string_view(update) == "1") {
    write_file(kPage, page.substr(0, begin) + list + page.substr(end));
    return;
  }
  FAIL() << "docs/patterns.md lists other patterns than `quoin patterns list`; QUOIN_UPDATE_SNAPSHOTS=1 rewrites it";
}

}  // namespace
}  // namespace quoin
