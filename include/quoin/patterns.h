// The built-in patterns (docs/patterns.md lists them with their reasons; `quoin patterns show NAME` prints one as
// TOML).
#pragma once

#include <string_view>
#include <vector>

#include "quoin/pattern.h"
#include "quoin/pattern_toml.h"

namespace quoin {

// By name. Throws Error(kUsage) with a suggestion for an unknown name.
PatternRef builtin_pattern(std::string_view name);
// Null where there is none.
PatternRef find_builtin_pattern(std::string_view name);
const std::vector<PatternRef>& builtin_patterns();
std::vector<std::string> builtin_pattern_names();

// One type per built-in, so that a list in C++ reads `{ConvBNAddReLU(), ConvBN()}`. A class of your own of the same
// name is written ::Name where `using namespace quoin` makes both visible.
class Builtin : public DefinedPattern {
 public:
  explicit Builtin(std::string_view name);
};
#define QUOIN_BUILTIN(NAME)     \
  class NAME : public Builtin { \
   public:                      \
    NAME() : Builtin(#NAME) {}  \
  };
// conversions
QUOIN_BUILTIN(FoldShapeArithmetic)
QUOIN_BUILTIN(DecomposeMultiheadAttention)
QUOIN_BUILTIN(FlattenLinearToConv1x1)
QUOIN_BUILTIN(RemoveIdentityAdaptiveAvgPool)
QUOIN_BUILTIN(ReduceMeanToGlobalAveragePool)
QUOIN_BUILTIN(DecomposeCrossAttention)
QUOIN_BUILTIN(SplitPackedProjection)
QUOIN_BUILTIN(DecomposeAttention)
QUOIN_BUILTIN(DecomposeMaskedAttention)
QUOIN_BUILTIN(DecomposeMicrosoftAttention)
QUOIN_BUILTIN(DecomposeMicrosoftMultiHeadAttention)
QUOIN_BUILTIN(ExtractAttentionProjection)
QUOIN_BUILTIN(RecomposeLayerNormalization)
QUOIN_BUILTIN(RecomposeRMSNormalization)
QUOIN_BUILTIN(RecomposeGelu)
QUOIN_BUILTIN(RecomposeTanhGelu)
QUOIN_BUILTIN(FoldLayerScale)
QUOIN_BUILTIN(FoldAttentionScale)
QUOIN_BUILTIN(MoveAttentionScale)
QUOIN_BUILTIN(MergeTransposes)
QUOIN_BUILTIN(RemoveIdentityPad)
QUOIN_BUILTIN(MatMulAddToGemm)
QUOIN_BUILTIN(VectorToRow)
QUOIN_BUILTIN(RemoveIdentity)
QUOIN_BUILTIN(RecomposeHardSwish)
QUOIN_BUILTIN(RecomposeHardSigmoid)
QUOIN_BUILTIN(FoldShiftIntoConv)
QUOIN_BUILTIN(FoldShiftIntoNextConv)
QUOIN_BUILTIN(FoldScaleIntoNextConv)
QUOIN_BUILTIN(FoldScaleBeforeShiftIntoNextConv)
QUOIN_BUILTIN(BatchNormToMulAdd)
// fusions
QUOIN_BUILTIN(StemConvBNReLUMaxPool)
QUOIN_BUILTIN(ConvBNAddReLU)
QUOIN_BUILTIN(ConvBNAdd)
QUOIN_BUILTIN(ConvBNReLU)
QUOIN_BUILTIN(ConvBN)
QUOIN_BUILTIN(ConvBNSiLU)
QUOIN_BUILTIN(ConvBNSiLUAdd)
QUOIN_BUILTIN(SqueezeExcite)
QUOIN_BUILTIN(DetectionHead)
QUOIN_BUILTIN(StemAndDepthwise)
QUOIN_BUILTIN(UnboundedStemAndDepthwise)
QUOIN_BUILTIN(ConvLayerNorm)
QUOIN_BUILTIN(DepthwiseConvBNAct)
QUOIN_BUILTIN(DepthwiseConvBN)
QUOIN_BUILTIN(PatchEmbedding)
QUOIN_BUILTIN(LinearReLU)
QUOIN_BUILTIN(LinearGELU)
QUOIN_BUILTIN(LinearAdd)
QUOIN_BUILTIN(TransformerMLP)
QUOIN_BUILTIN(Linear)
QUOIN_BUILTIN(AdaptiveAvgPool)
QUOIN_BUILTIN(LayerNorm)
QUOIN_BUILTIN(RMSNorm)
QUOIN_BUILTIN(MHAInProjection)
QUOIN_BUILTIN(WindowAttention)
QUOIN_BUILTIN(ScaledDotProductAttention)
QUOIN_BUILTIN(QuantizedScaledDotProductAttention)
#undef QUOIN_BUILTIN

// The patterns that a TOML [list] names: built-ins, and those of `file` before them. Lists may extend `lists`.
PatternList resolve_list(const ListSpec& spec, const PatternFile& file = {}, const ListLookup& lists = {});

}  // namespace quoin
