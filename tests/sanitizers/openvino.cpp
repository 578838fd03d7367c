// For test programs under AddressSanitizer: OpenVINO's TBB opens a library with RTLD_DEEPBIND, which AddressSanitizer
// refuses by ending the process. The flag only keeps that library's symbols apart from the program's, which the tests
// do not depend on.
#include <dlfcn.h>

extern "C" void* dlopen(const char* file, int flags) noexcept {
  using Dlopen = void* (*)(const char*, int);
  static const Dlopen next = reinterpret_cast<Dlopen>(dlsym(RTLD_NEXT, "dlopen"));
  return next(file, flags & ~RTLD_DEEPBIND);
}

// What TBB holds for its threads until the process ends.
extern "C" const char* __lsan_default_suppressions() { return "leak:libtbbbind\nleak:libtbb.so\nleak:libhwloc\n"; }
