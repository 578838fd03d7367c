// A file descriptor that is closed with its owner.
#pragma once

#include <unistd.h>

namespace quoin {

class Descriptor {
 public:
  // What open() and the like give: negative where they failed.
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace quoin
