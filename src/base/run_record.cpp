#include "base/run_record.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstring>
#include <mutex>
#include <shared_mutex>

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr int kSlots = 256;
constexpr int kFree = 0, kTaken = -1;  // a slot's kind, beside Leftover::Kind
constexpr int kNobody = 0, kEngine = 1, kQuoin = 2;
constexpr int kCrashes[] = {SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGABRT};

// Plain memory without pointers: two processes look at it. The texts are left as they are, zero: what is not used takes
// no memory.
struct Record {
  std::atomic<int> kinds[kSlots];
  std::atomic<pid_t> groups[kSlots];
  std::atomic<int> engine_calls;
  std::atomic<int> crashed_in;
  std::atomic<bool> traced;
  char phase[256], engine[128], version[64], node[256];
  char paths[kSlots][PATH_MAX];
};

Record own_record{};
Record* record = &own_record;
std::mutex phase_mutex;
std::atomic<bool> closed = false;
std::shared_timed_mutex making;
constexpr auto kMostWait = std::chrono::seconds(5);

thread_local bool is_own_thread = false;
thread_local int calls_here = 0;

template <size_t kSize>
void put_text(char (&to)[kSize], std::string_view text) {
  const size_t size = std::min(text.size(), kSize - 1);
  std::memcpy(to, text.data(), size);
  to[size] = '\0';
}

template <size_t kSize>
std::string text_of(const char (&from)[kSize]) {
  return {from, strnlen(from, kSize)};
}

// -1 where all are taken: then it is not on the record.
int take_slot() {
  while (closed) ::pause();
  for (int i = 0; i < kSlots; ++i) {
    int expected = kFree;
    if (record->kinds[i].compare_exchange_strong(expected, kTaken)) return i;
  }
  return -1;
}

void note_crash(int signal) {
  const bool engine = calls_here > 0 || (!is_own_thread && record->engine_calls > 0);
  int nobody = kNobody;
  record->crashed_in.compare_exchange_strong(nobody, engine ? kEngine : kQuoin);
  std::raise(signal);  // which is delivered when this returns, and ends the process
}

}  // namespace

void share_run_record() {
  void* memory = ::mmap(nullptr, sizeof(Record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) record = ::new (memory) Record;
}

Leftover::Leftover(Kind kind, const fs::path& path) : slot_(take_slot()) {
  std::error_code error;
  const std::string absolute = fs::absolute(path, error).string();
  if (slot_ < 0 || error || absolute.size() >= PATH_MAX) return;
  put_text(record->paths[slot_], absolute);
  record->kinds[slot_] = static_cast<int>(kind);
}

Leftover::Leftover() : slot_(take_slot()) {
  if (slot_ >= 0) record->groups[slot_] = 0;
}

Leftover::~Leftover() {
  if (slot_ >= 0) record->kinds[slot_] = kFree;
}

void Leftover::set_group(pid_t group) const {
  if (slot_ < 0) return;
  record->groups[slot_] = group;
  record->kinds[slot_] = static_cast<int>(Kind::kGroup);
}

Making::Making() {
  making.lock_shared();
  while (closed) ::pause();
}

Making::~Making() { making.unlock_shared(); }

void close_record() {
  const std::unique_lock lock(making, kMostWait);
  closed = true;
}

void remove_leftovers() {
  const auto each = [](Leftover::Kind kind, auto&& remove) {
    for (int i = 0; i < kSlots; ++i) {
      if (record->kinds[i] != static_cast<int>(kind)) continue;
      remove(i);
      record->kinds[i] = kFree;
    }
  };
  // Groups first: they may still be writing into the folders.
  each(Leftover::Kind::kGroup, [](int i) {
    if (record->groups[i] > 1) ::kill(-record->groups[i], SIGKILL);
  });
  each(Leftover::Kind::kFile, [](int i) { ::unlink(record->paths[i]); });
  each(Leftover::Kind::kFolder, [](int i) {
    std::error_code ignored;
    fs::remove_all(text_of(record->paths[i]), ignored);
  });
}

Phase::Phase(std::string_view doing) {
  const std::lock_guard lock(phase_mutex);
  before_ = text_of(record->phase);
  put_text(record->phase, doing);
}

Phase::~Phase() {
  const std::lock_guard lock(phase_mutex);
  put_text(record->phase, before_);
}

EngineCall::EngineCall(std::string_view engine, std::string_view version) {
  if (record->engine_calls++ == 0) {
    put_text(record->engine, engine);
    put_text(record->version, version);
  }
  ++calls_here;
}

EngineCall::~EngineCall() {
  --calls_here;
  --record->engine_calls;
}

bool is_traced() { return record->traced; }

void note_node(std::string_view node) { put_text(record->node, node); }

void begin_trace() {
  record->traced = true;
  record->crashed_in = kNobody;
  record->engine_calls = 0;
  put_text(record->phase, "");
  put_text(record->node, "");
  for (auto& kind : record->kinds) kind = kFree;
}

void mark_own_thread() { is_own_thread = true; }

void note_crashes() {
  struct sigaction action = {};
  action.sa_handler = note_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : kCrashes) ::sigaction(signal, &action, nullptr);
}

LastWords last_words() {
  std::string engine = text_of(record->engine);
  if (const std::string version = text_of(record->version); !version.empty()) engine += " " + version;
  return {record->crashed_in == kEngine, std::move(engine), text_of(record->phase), text_of(record->node)};
}

}  // namespace quoin
