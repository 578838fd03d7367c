// Preloaded by faults.py: the N-th call on a file below FAULT_ROOT, counted over all processes of the run, fails, is short, or its
// process or that one's parent is killed before or after it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char* root;
static _Atomic long* count;  // of calls so far; one for the whole run
static long wanted;
static enum { kNothing, kFail, kShort, kKill, kKillAfter, kKillParent } what;
static int number;

__attribute__((constructor)) static void begin(void) {
  const char* file = getenv("FAULT_COUNT");
  const char* fault = getenv("FAULT");
  root = getenv("FAULT_ROOT");
  if (!file || !fault || !root) return;
  int (*real_open)(const char*, int, ...) = dlsym(RTLD_NEXT, "open");
  const int descriptor = real_open(file, O_RDWR | O_CLOEXEC);
  count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (count == MAP_FAILED) abort();
  wanted = atol(getenv("FAULT_AT"));
  if (strcmp(fault, "short") == 0) what = kShort;
  if (strcmp(fault, "kill") == 0) what = kKill;
  if (strcmp(fault, "kill-after") == 0) what = kKillAfter;
  if (strcmp(fault, "kill-parent") == 0) what = kKillParent;
  if (sscanf(fault, "errno=%d", &number) == 1) what = kFail;
}

static int below_root(const char* path) {
  char whole[PATH_MAX];
  if (path[0] != '/') {
    if (!getcwd(whole, sizeof(whole))) return 0;
    path = whole;
  }
  return strncmp(path, root, strlen(root)) == 0;
}

static int descriptor_below_root(int descriptor) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof(path) - 1);
  if (size <= 0) return 0;
  path[size] = '\0';
  return path[0] == '/' && below_root(path);
}

// Whether this call is the one; kills before it where that is the fault.
static int hit(int counts, const char* name) {
  if (!count || !counts) return 0;
  if (atomic_fetch_add(count, 1) + 1 != wanted) return 0;
  char said[80];
  const int size = snprintf(said, sizeof(said), "faults: %s\n", name);
  if (getenv("FAULT_SAY")) {
    ssize_t (*real_write)(int, const void*, size_t) = dlsym(RTLD_NEXT, "write");
    real_write(2, said, (size_t)size);
  }
  if (what == kKill) kill(getpid(), SIGKILL);
  if (what == kKillParent) kill(getppid(), SIGKILL);
  return 1;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAULT(counts, name, call)                          \
  const int is_hit = hit(counts, name);                    \
  if (is_hit && what == kFail) { errno = number; return -1; } \
  const __auto_type result = (call);                       \
  if (is_hit && what == kKillAfter) kill(getpid(), SIGKILL); \
  return result

static int opened(__typeof__(&open) real, const char* path, int flags, mode_t mode) {
  FAULT((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 && below_root(path), "open", real(path, flags, mode));
}
#define OPEN(name)                                            \
  int name(const char* path, int flags, ...) {                \
    REAL(name);                                               \
    va_list rest;                                             \
    va_start(rest, flags);                                    \
    const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                             \
    return opened(real, path, flags, mode);                   \
  }
OPEN(open)
OPEN(open64)
ssize_t write(int descriptor, const void* data, size_t size) {
  REAL(write);
  const int is_hit = hit(descriptor_below_root(descriptor), "write");
  if (is_hit && what == kFail) { errno = number; return -1; }
  if (is_hit && what == kShort) size = (size + 1) / 2;
  const ssize_t result = real(descriptor, data, size);
  if (is_hit && what == kKillAfter) kill(getpid(), SIGKILL);
  return result;
}
ssize_t writev(int descriptor, const struct iovec* pieces, int pieces_count) {
  REAL(writev);
  FAULT(descriptor_below_root(descriptor), "writev", real(descriptor, pieces, pieces_count));
}
int fsync(int descriptor) {
  REAL(fsync);
  FAULT(descriptor_below_root(descriptor), "fsync", real(descriptor));
}
int close(int descriptor) {
  REAL(close);
  const int is_hit = hit(count && descriptor_below_root(descriptor) && (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY, "close");
  const int result = real(descriptor);  // Linux closes it whatever it says
  if (is_hit && what == kKillAfter) kill(getpid(), SIGKILL);
  if (is_hit && what == kFail) { errno = number; return -1; }
  return result;
}
int rename(const char* from, const char* to) {
  REAL(rename);
  FAULT(below_root(to), "rename", real(from, to));
}
int unlink(const char* path) {
  REAL(unlink);
  FAULT(below_root(path), "unlink", real(path));
}
int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  FAULT(below_root(path), "mkdir", real(path, mode));
}
int fchmod(int descriptor, mode_t mode) {
  REAL(fchmod);
  FAULT(descriptor_below_root(descriptor), "fchmod", real(descriptor, mode));
}
int fchown(int descriptor, uid_t user, gid_t group) {
  REAL(fchown);
  FAULT(descriptor_below_root(descriptor), "fchown", real(descriptor, user, group));
}
