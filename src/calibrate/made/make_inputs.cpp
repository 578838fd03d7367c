#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <unordered_map>

#include "calibrate/made/free_sizes.h"
#include "calibrate/made/input_needs.h"
#include "calibrate/made/made_tensor.h"
#include "calibrate/made/size_hints.h"
#include "quoin/error.h"
#include "quoin/made_inputs.h"

namespace quoin {
namespace {

using Kind = OperandValues::Kind;
using Clock = std::chrono::steady_clock;

// Sizes as models have them: powers of two for halvings, pictures, sound.
constexpr int64_t kSmallLadder[] = {16, 32, 64, 128, 224, 256};
constexpr int64_t kTinyLadder[] = {8, 4, 2, 1};  // where much is broadcast, and little is tested
constexpr int64_t kLargeLadder[] = {384, 512, 640, 1024, 2048, 4096, 8192, 16000};
constexpr int64_t kLargestSmall = 256, kLargestSize = 16000;
constexpr int64_t kMostElements = int64_t{1} << 22;  // of an input
constexpr int kMostAttempts = 600;
constexpr double kMostSeconds = 40, kSlowSeconds = 4, kSlowFirst = 1;
constexpr size_t kRounds = 3;
constexpr int64_t kLargeSecond = int64_t{1} << 20;  // elements of a second, larger sample
constexpr int kRanks[] = {4, 3, 2, 1, 5, 0};        // of inputs that state none

bool contains(std::string text, std::string_view part) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text.find(part) != std::string::npos;
}

bool is_whole(DataType type) {
  return type != DataType::kFloat && type != DataType::kDouble && type != DataType::kFloat16 &&
         type != DataType::kBfloat16 && type != DataType::kString;
}

// A number, a text, a flag; not NaN alone.
bool says_something(const Tensor& output) {
  if (output.size() == 0 || is_whole(output.type()) || output.type() == DataType::kString) return output.size() > 0;
  const std::vector<double> values = output.to_doubles();
  return std::any_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

// One choice for everything that is open.
struct Choice {
  std::vector<int64_t> sizes;
  std::vector<Mood> moods;  // of each input
};

class Search {
 public:
  Search(const Graph& model, const Session& session, uint64_t seed)
      : inputs_(model.required_inputs()), session_(session), seed_(seed), hints_(size_hints(model)) {
    int64_t position = 0;
    for (const Node* node : model.nodes()) position_.emplace(node->name(), ++position);
  }

  // Leaves the first sample in made().
  bool find(const FreeSizes& sizes) {
    sizes_ = &sizes;
    best_.reset();
    empty_.reset();
    may_be_empty_ = false;
    best_progress_ = -1;
    Choice choice{std::vector<int64_t>(sizes.sizes().size(), 1), {}};
    for (const Value* input : inputs_) choice.moods.push_back(usual_mood(*input));
    if (sizes.sizes().empty() ? attempt(choice) || vary(choice, kLargestSmall) : search_sizes(choice)) return true;
    may_be_empty_ = true;
    return empty_ && attempt(*empty_);
  }

  bool search_sizes(const Choice& choice) {
    return climb(choice, kSmallLadder) || climb(choice, hints_) || vary(choice, kLargestSmall) ||
           climb(choice, kTinyLadder) || climb(choice, kLargeLadder) || vary(choice, kLargestSize);
  }

  // A second sample: more of everything where the model takes it.
  void add_second() {
    const Choice first = *found_;
    Choice larger = first, batched = first;
    for (size_t i = 0; i < first.sizes.size(); ++i) {
      const FreeSize& size = sizes_->sizes()[i];
      larger.sizes[i] *= 2;
      if (size.batch) batched.sizes[i] *= 2;
    }
    Choice longer = larger;
    for (size_t i = 0; i < first.sizes.size(); ++i) {
      if (sizes_->sizes()[i].batch) longer.sizes[i] = first.sizes[i];
    }
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (!contains(inputs_[i]->name(), "mask")) continue;
      for (Choice* choice : {&larger, &longer, &batched}) choice->moods[i] = Mood::kUsual;
    }
    const size_t wanted = made_.feeds.size() + 1;
    for (const Choice& choice : {larger, longer, batched, first}) {
      if (first.sizes.empty() && &choice != &larger) break;
      const bool grows = largest_input(choice) > largest_input(first);
      if (grows && (found_seconds_ > kSlowFirst || largest_input(choice) > kLargeSecond)) continue;
      if (attempt(choice) && made_.feeds.size() == wanted) return;
    }
    attempt(first);
  }

  MadeInputs take() { return std::move(made_); }
  int attempts() const { return attempts_; }
  const std::string& problem() const { return problem_; }
  const std::string& fed() const { return fed_; }

 private:
  static Mood usual_mood(const Value& input) {
    if (!is_whole(input.type())) return Mood::kUsual;
    if (contains(input.name(), "mask")) return Mood::kOnes;
    if (contains(input.name(), "position") || contains(input.name(), "pos_ids")) return Mood::kCounting;
    return Mood::kUsual;
  }

  bool spent() const {
    const std::chrono::duration<double> passed = Clock::now() - start_;
    return attempts_ >= kMostAttempts || passed.count() > kMostSeconds;
  }

  int64_t largest_input(const Choice& choice) const {
    int64_t largest = 0;
    for (const Shape& shape : sizes_->shapes(choice.sizes)) largest = std::max(largest, element_count(shape));
    return largest;
  }

  // All sizes alike, batches 1.
  template <typename Sizes>
  bool climb(const Choice& from, const Sizes& ladder) {
    for (const int64_t size : ladder) {
      Choice choice = from;
      bool changed = false;
      for (size_t i = 0; i < choice.sizes.size(); ++i) {
        const FreeSize& free = sizes_->sizes()[i];
        choice.sizes[i] = free.batch ? 1 : std::min(size, free.most);
        changed |= choice.sizes[i] == size;
      }
      if (!changed && size != 16) continue;
      if (spent()) return false;
      if (attempt(choice)) return true;
      if (last_seconds_ > kSlowSeconds) return false;
    }
    return false;
  }

  // What one size may be: those of the ladders and hints, and sums of two others (a mask over past and present).
  std::vector<int64_t> candidates(size_t variable, int64_t most) const {
    std::vector<int64_t> found(std::begin(kSmallLadder), std::end(kSmallLadder));
    found.insert(found.end(), {8, 4, 2, 1, 3, 5, 6, 7, 12, 24, 48, 96, 100});
    const std::vector<int64_t>& now = best_->sizes;
    for (size_t i = 0; i < now.size(); ++i) {
      for (size_t k = i; k < now.size(); ++k) {
        if (i != variable && k != variable) found.push_back(now[i] + now[k]);
      }
      if (i != variable) found.insert(found.end(), {now[i] + 1, now[i] - 1});
    }
    found.insert(found.end(), hints_.begin(), hints_.end());
    found.insert(found.end(), std::begin(kLargeLadder), std::end(kLargeLadder));
    std::vector<int64_t> unique;
    for (const int64_t size : found) {
      const bool fits = size > 0 && size <= std::min(most, sizes_->sizes()[variable].most);
      if (fits && std::find(unique.begin(), unique.end(), size) == unique.end()) unique.push_back(size);
    }
    return unique;
  }

  // One thing at a time, from the choice that came furthest.
  bool vary(const Choice& start, int64_t most) {
    if (!best_) best_ = start;
    for (size_t round = 0; round < kRounds; ++round) {
      const int64_t before = best_progress_;
      for (size_t i = 0; i < best_->sizes.size(); ++i) {
        for (const int64_t size : candidates(i, most)) {
          Choice choice = *best_;
          if (choice.sizes[i] == size) continue;
          choice.sizes[i] = size;
          if (spent()) return false;
          if (attempt(choice)) return true;
        }
      }
      for (size_t i = 0; i < inputs_.size(); ++i) {
        if (!is_whole(inputs_[i]->type())) continue;
        for (int mood = 0; mood < kMoods; ++mood) {
          Choice choice = *best_;
          if (choice.moods[i] == static_cast<Mood>(mood)) continue;
          choice.moods[i] = static_cast<Mood>(mood);
          if (spent()) return false;
          if (attempt(choice)) return true;
        }
      }
      if (best_progress_ == before) return false;
    }
    return false;
  }

  OperandValues asked_of(size_t input, const Choice& choice, const std::vector<Shape>& shapes) const {
    const Value& value = *inputs_[input];
    const OperandValues needs =
        input_needs(value, [&](const Value& other) { return sizes_->dims_of(other, choice.sizes); });
    if (needs.kind != Kind::kAny || !is_whole(value.type()) || value.type() == DataType::kBool) return needs;
    if (!contains(value.name(), "len")) return needs;
    // A length, by its name: of the longest other input.
    int64_t longest = 1;
    for (size_t i = 0; i < shapes.size(); ++i) {
      if (i == input || shapes[i].size() < 2) continue;
      const std::vector<Dim>& dims = inputs_[i]->dims();
      for (size_t axis = 1; axis < shapes[i].size(); ++axis) {
        if (axis >= dims.size() || !dims[axis].known()) longest = std::max(longest, shapes[i][axis]);
      }
    }
    return {Kind::kList, 1, {}, static_cast<double>(longest)};
  }

  // How far the model came: the place of the node that the engine names.
  int64_t progress_of(const std::string& message) const {
    constexpr std::string_view kName = "Name:'";
    const size_t at = message.find(kName);
    if (at == std::string::npos) return 0;
    const size_t begin = at + kName.size(), end = message.find('\'', begin);
    const auto found = end == std::string::npos ? position_.end() : position_.find(message.substr(begin, end - begin));
    return found == position_.end() ? 0 : found->second;
  }

  bool attempt(const Choice& choice) {
    const std::vector<Shape> shapes = sizes_->shapes(choice.sizes);
    for (const Shape& shape : shapes) {
      if (element_count(shape) > kMostElements && !sizes_->sizes().empty()) return false;
    }
    ++attempts_;
    const Clock::time_point begin = Clock::now();
    NamedTensors feeds;
    const size_t sample = made_.feeds.size();
    for (size_t i = 0; i < inputs_.size(); ++i) {
      feeds.emplace_back(inputs_[i]->name(), made_tensor(inputs_[i]->type(), shapes[i], asked_of(i, choice, shapes),
                                                         RandomStream(seed_, sample, i), choice.moods[i]));
    }
    try {
      NamedTensors outputs = session_.run(feeds);
      const bool empty =
          !outputs.empty() && std::none_of(outputs.begin(), outputs.end(),
                                           [](const NamedTensor& output) { return says_something(output.second); });
      // Nothing to compare: another choice may give something, and where none does this is all there is.
      if (!empty || may_be_empty_) {
        made_.feeds.push_back(std::move(feeds));
        made_.outputs.push_back(std::move(outputs));
        found_ = choice;
        found_seconds_ = std::chrono::duration<double>(Clock::now() - begin).count();
        return true;
      }
      empty_ = choice;
      note(choice, static_cast<int64_t>(position_.size()),
           "its outputs are empty, or not one of their numbers is finite", feeds);
    } catch (const Error& error) {
      note(choice, progress_of(error.message()), error.message(), feeds);
    }
    last_seconds_ = std::chrono::duration<double>(Clock::now() - begin).count();
    return false;
  }

  void note(const Choice& choice, int64_t progress, const std::string& problem, const NamedTensors& feeds) {
    if (best_ && progress <= best_progress_) return;
    best_ = choice;
    best_progress_ = progress;
    problem_ = problem;
    fed_ = shapes_text(feeds);
  }

  std::vector<const Value*> inputs_;
  const Session& session_;
  uint64_t seed_;
  std::vector<int64_t> hints_;
  std::unordered_map<std::string, int64_t> position_;
  const FreeSizes* sizes_ = nullptr;
  std::optional<Choice> best_, found_, empty_;
  int64_t best_progress_ = -1;
  int attempts_ = 0;
  bool may_be_empty_ = false;
  double last_seconds_ = 0, found_seconds_ = 0;
  std::string problem_, fed_;
  Clock::time_point start_ = Clock::now();
  MadeInputs made_;
};

std::string tried_text(const FreeSizes& sizes, int attempts) {
  std::vector<std::string> names;
  for (const FreeSize& size : sizes.sizes()) names.push_back(size.name);
  const std::string times = fmt::format("{} time{}", attempts, attempts == 1 ? "" : "s");
  if (names.empty()) return fmt::format("tried {}, with other whole numbers each time", times);
  return fmt::format("tried {}, with sizes from 1 to 16000 for {}", times, fmt::join(names, ", "));
}

}  // namespace

MadeInputs make_inputs(const Graph& model, const Session& session, uint64_t seed) {
  const std::vector<const Value*> inputs = model.required_inputs();
  Search search(model, session, seed);
  const bool all_have_ranks =
      std::all_of(inputs.begin(), inputs.end(), [](const Value* input) { return input->has_rank(); });
  std::vector<int> ranks(std::begin(kRanks), std::end(kRanks));
  if (all_have_ranks) ranks = {0};
  std::string tried;
  for (const int rank : ranks) {
    for (const bool by_place : {false, true}) {
      const FreeSizes sizes(model, rank, by_place);
      if (by_place && !FreeSizes(model, rank, false).has_shared_names()) continue;
      if (!search.find(sizes)) {
        tried = tried_text(sizes, search.attempts());
        continue;
      }
      search.add_second();
      return search.take();
    }
  }
  throw Error(
      ErrorCode::kBadInput,
      fmt::format("{} on inputs that Quoin made up ({}); it was fed {}", search.problem(), tried, search.fed()),
      inputs.empty()
          ? ""
          : "give samples with --data (quantize, tune, compare: --calib), or sizes with --shape NAME=1x3x224x224");
}

}  // namespace quoin
