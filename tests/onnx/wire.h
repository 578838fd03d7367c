// Pieces of protobuf messages by hand, for files that no writer of ours would make. A message is a concatenation of
// fields; appending to a whole message merges into it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace quoin::wire {

inline std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
  return bytes;
}
inline std::string number(int field, uint64_t value) {
  return varint(static_cast<uint64_t>(field) << 3) + varint(value);
}
inline std::string bytes(int field, const std::string& value) {
  return varint((static_cast<uint64_t>(field) << 3) | 2) + varint(value.size()) + value;
}
inline std::string entry(int field, const std::string& key, const std::string& value) {
  return bytes(field, bytes(1, key) + bytes(2, value));
}

// Fields of ModelProto, GraphProto and the messages in them, by their names there.
inline std::string ir_version(uint64_t version) { return number(1, version); }
inline std::string opset(const std::string& domain, uint64_t version) {
  return bytes(8, bytes(1, domain) + number(2, version));
}
inline std::string graph(const std::string& fields) { return bytes(7, fields); }
inline std::string node(const std::string& fields) { return bytes(1, fields); }
inline std::string name(const std::string& text) { return bytes(2, text); }
inline std::string initializer(const std::string& fields) { return bytes(5, fields); }
inline std::string op(const std::string& type, const std::string& input, const std::string& output) {
  return bytes(1, input) + bytes(2, output) + bytes(4, type);
}
inline std::string value_info(int field, const std::string& value_name, int type, const std::string& more = "") {
  return bytes(field,
               bytes(1, value_name) + bytes(2, bytes(1, number(1, static_cast<uint64_t>(type)) + bytes(2, ""))) + more);
}
inline std::string input(const std::string& value_name, int type = 1) { return value_info(11, value_name, type); }
inline std::string output(const std::string& value_name, int type = 1) { return value_info(12, value_name, type); }

// A model of opset 17 with this graph.
inline std::string model(const std::string& graph_fields) {
  return ir_version(8) + opset("", 17) + graph(name("g") + graph_fields);
}

}  // namespace quoin::wire
