// Convolutions with what runs in the same kernel: BatchNormalization, activation, residual Add, pooling.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

const QdqPoints kConvPoints = {input("conv"), weight("conv"), bias("conv"), output()};
const QdqPoints kResidualPoints = {input("conv"),   weight("conv"), bias("conv"),
                                   residual("add"), inner("add"),   output()};

}  // namespace

std::vector<PatternDef> conv_fusions() {
  return {
      fusion("StemConvBNReLUMaxPool", "the first convolution and its pooling: the largest tensor never leaves the unit",
             fmt::format("MaxPool({}) as pool", activation(kConvBN)), conv_conditions(),
             {input("conv"), weight("conv"), bias("conv"), inner("pool"), output()}),
      fusion("ConvBNAddReLU", "the end of a residual block: Add and activation run in the convolution's epilogue",
             activation(residual_add(kConvBN)), residual_conditions(), kResidualPoints),
      fusion("ConvBNAdd", "the end of a residual block without an activation (MobileNetV2, EfficientNet)",
             residual_add(kConvBN), residual_conditions(), kResidualPoints),
      fusion("ConvBNReLU", "the activation runs in the convolution's epilogue", activation(kConvBN), conv_conditions(),
             kConvPoints),
      fusion("ConvBN", "a convolution with no activation of its own behind it", kConvBN, conv_conditions(),
             kConvPoints),
      fusion("ConvTranspose", "an up-sampling convolution; its weight's output channels are axis 1",
             "BatchNormalization?(ConvTranspose(x, const w, const b?) as conv, const, const, const, const) as bn",
             {"!exists(bn) || bn.training_mode == 0"}, kConvPoints),
  };
}

}  // namespace quoin
