// The names that a model's file gives its inputs and outputs. OpenVINO's own are not always those: it renames an input
// that only passes through (Dropout), drops one that nothing uses, and may name an output after another of its aliases.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quoin::openvino {

struct PortNames {
  std::vector<std::string> inputs;  // without those that are initializers
  std::vector<std::string> outputs;
};

// Reads the few fields it needs from a serialized ModelProto and skips the rest. Throws Error(kBadInput) where the
// bytes are none.
PortNames read_port_names(std::string_view model);
// The same from a file, which is mapped, not read.
PortNames read_port_names_of_file(const std::string& path);

struct NamedInputs {
  std::vector<std::string> ports;    // the model's name for each of OpenVINO's inputs
  std::vector<std::string> dropped;  // the model's inputs that OpenVINO does not have
};
// `names`: the model's; `ports`: OpenVINO's, in the same order but possibly fewer. Throws Error(kBadInput) where it
// cannot be told which is which.
NamedInputs match_inputs(const std::vector<std::string>& names, const std::vector<std::string>& ports);

}  // namespace quoin::openvino
