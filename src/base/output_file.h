// The one writer of every file that Quoin makes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/run_record.h"

namespace quoin {

struct OutputPlace;

// A regular file is written beside its place, under a name that nobody can guess, and takes its place whole by one
// rename: at every moment there is the old file or the new one, also when the process or the machine stops. It keeps
// the old one's permissions; a link is followed, and what it names is replaced. Without finish() nothing changes and
// nothing is left. A device, or a pipe with somebody who reads it, is written into, and never replaced; so are
// /dev/stdout and the like.
class OutputFile {
 public:
  // Throws Error(kUsage) where it cannot be written: no folder, a folder in its place, no permission, a name too long,
  // a block device, a socket, a pipe that nobody reads.
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Of a device or a pipe: it has no place among files, nor beside any.
  bool is_stream() const { return temporary_.empty(); }
  // Throws Error(kUsage) with the system's reason.
  void write(const void* data, size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  // All of it is on the disk under its name. Throws as write() does, and then nothing has changed.
  void finish();

 private:
  void open_beside(const OutputPlace& place);
  void open_stream(const OutputPlace& place);
  [[noreturn]] void refuse(int error) const;

  std::string path_;                // as the caller says it
  std::string target_, temporary_;  // of a regular file
  std::unique_ptr<Leftover> leftover_;
  int descriptor_ = -1;
};

// Writes the whole file.
void write_whole_file(const std::string& path, std::string_view bytes);

// Throws what OutputFile's constructor would, before work is done for the file: tries it where trying leaves no trace.
void check_can_write(const std::string& path);
// What is written to `path` goes where this process' stdout goes: /dev/stdout and the like.
bool is_stdout(const std::string& path);
// The file that is replaced when `path` is written: links followed, the folder as it really is. A file need not be
// there.
std::string written_path(const std::string& path);

}  // namespace quoin
