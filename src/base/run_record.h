// What a run would leave behind if it died now, and what it was doing: in memory that a process watching over it sees
// as well.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace quoin {

// Before a fork: both processes have one record from then on. Without it, each has its own.
void share_run_record();

// A file, a folder, or the process group of a child, that must not outlive the run. Taken off the record by the
// destructor, which removes nothing itself.
class Leftover {
 public:
  enum class Kind { kFile = 1, kFolder = 2, kGroup = 3 };
  // Of what is about to be made there; the path becomes absolute.
  Leftover(Kind kind, const std::filesystem::path& path);
  // Of a child about to be forked, which calls set_group() itself: there is no moment at which it is unknown.
  Leftover();
  ~Leftover();
  Leftover(const Leftover&) = delete;
  Leftover& operator=(const Leftover&) = delete;
  void set_group(pid_t group) const;  // safe between fork and exec
  // It could not be removed now: it stays on the record, and is when the run ends.
  void leave() { slot_ = -1; }

 private:
  int slot_;
};

// While one lives, close_record() waits: something is put on the record and then made, which must not come apart.
class Making {
 public:
  Making();
  ~Making();
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;
};

// Kills the groups, and removes the files and folders, that are on the record.
void remove_leftovers();
// From now on whoever wants to put something on the record waits for ever: the process is about to end. Waits itself
// for what is being made, some seconds at most (a file system may hang).
void close_record();

// What the run is at, for the message when it dies: "proving that the rewrite is lossless".
class Phase {
 public:
  explicit Phase(std::string_view doing);
  ~Phase();
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;

 private:
  std::string before_;
};

// This thread is in the code of an engine ("ONNX Runtime", "1.32.0"): it opens its library, or reads or runs a model.
class EngineCall {
 public:
  explicit EngineCall(std::string_view engine, std::string_view version = "");
  ~EngineCall();
  EngineCall(const EngineCall&) = delete;
  EngineCall& operator=(const EngineCall&) = delete;
};

// The run is a repetition of one in which an engine died, to find the node: sessions run their models node by node, and
// nothing is written.
bool is_traced();
void note_node(std::string_view node);
// In the process that watches, before it starts the repetition: what the dead run had on the record is forgotten.
void begin_trace();

// Threads that Quoin starts say so: a crash on another one, while an engine is called, is the engine's.
void mark_own_thread();
// From now on a crash (SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGABRT) notes on the record whose code it was, and then goes
// its way.
void note_crashes();

// After the run has died.
struct LastWords {
  bool in_engine = false;
  std::string engine, phase, node;  // "" where nothing is known
};
LastWords last_words();

}  // namespace quoin
