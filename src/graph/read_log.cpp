#include "quoin/graph.h"

namespace quoin {
namespace {

thread_local ReadLog* innermost = nullptr;

}  // namespace

ReadLog::ReadLog() : previous_(innermost) { innermost = this; }

ReadLog::~ReadLog() { innermost = previous_; }

void ReadLog::note(std::string text) {
  if (innermost && innermost->seen_.insert(text).second) innermost->reads_.push_back(std::move(text));
}

bool ReadLog::active() { return innermost != nullptr; }

}  // namespace quoin
