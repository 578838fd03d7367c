// Changes a protobuf message at one place, by reflection: a field set, cleared, doubled, swapped with a sibling's or
// taken from elsewhere.
#pragma once

#include <google/protobuf/message.h>

#include <random>
#include <string>
#include <vector>

namespace quoin::fuzz {

class MessageMutator {
 public:
  explicit MessageMutator(unsigned int seed) : random_(seed) {}
  void mutate(google::protobuf::Message& message);

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  size_t below(size_t count) { return random_() % count; }
  void collect(Message& message, std::vector<Message*>& all, int depth) const;
  void change_field(Message& message, const std::vector<Message*>& all);
  void change_repeated(Message& message, const Field& field, const std::vector<Message*>& all);
  void set_single(Message& message, const Field& field, const std::vector<Message*>& all);
  int64_t whole();
  double real();
  std::string text(const std::vector<Message*>& all);

  std::mt19937 random_;
};

// For LLVMFuzzerCustomMutator: half of the mutations keep the message whole, so that they reach what is behind the
// parser; the others, and bytes that are no message, are left to `flip`. Returns the new size, `most` at most.
template <typename Root>
size_t mutate_bytes(uint8_t* data, size_t size, size_t most, unsigned int seed,
                    size_t (*flip)(uint8_t*, size_t, size_t)) {
  Root message;
  if (seed % 2 == 0 || !message.ParsePartialFromArray(data, static_cast<int>(size))) return flip(data, size, most);
  MessageMutator(seed).mutate(message);
  const size_t wanted = message.ByteSizeLong();
  if (wanted > most || !message.SerializePartialToArray(data, static_cast<int>(most))) return size;
  return wanted;
}

}  // namespace quoin::fuzz
