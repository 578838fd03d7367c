// Sparse initializers, made dense: no pattern and no kernel that Quoin writes for reads another form.
#pragma once

#include "onnx/proto.h"

namespace quoin {

// Throws Error(kBadInput), naming it, where indices and values do not fit shape and each other, and where the dense
// form is out of all proportion to what the file holds.
Tensor dense_from_sparse(const onnx::SparseTensorProto& message, const ModelSource& source);

}  // namespace quoin
