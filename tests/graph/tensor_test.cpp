#include "quoin/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "quoin/error.h"

namespace quoin {
namespace {

using testing::ElementsAre;

// The message of the Error that `work` throws.
template <typename Work>
std::string error_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::string bytes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) result.push_back(static_cast<char>(value));
  return result;
}

TEST(DataType, NamesAndWidths) {
  EXPECT_EQ(to_string(DataType::kFloat), "float");
  EXPECT_EQ(to_string(DataType::kBfloat16), "bfloat16");
  EXPECT_EQ(to_string(DataType::kFloat8E5M2FNUZ), "float8e5m2fnuz");
  EXPECT_EQ(to_string(DataType::kInt2), "int2");
  EXPECT_EQ(to_string(static_cast<DataType>(99)), "undefined");
  EXPECT_EQ(to_string(static_cast<DataType>(-1)), "undefined");
  EXPECT_EQ(bit_width(DataType::kInt4), 4);
  EXPECT_EQ(bit_width(DataType::kComplex128), 128);
  EXPECT_EQ(bit_width(DataType::kString), 0);
}

TEST(ElementCount, CountsAndRefuses) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({2, 3}), 6);
  EXPECT_EQ(element_count({int64_t{1} << 62, 0}), 0);
  EXPECT_EQ(error_of([] { element_count({2, -3}); }), "a tensor shape has the negative dimension -3");
  EXPECT_EQ(error_of([] {
              element_count({int64_t{1} << 62, 4});
            }),
            "a tensor shape has more elements than 64 bits can count");
}

TEST(Tensor, KeepsTypeShapeAndValues) {
  const Tensor tensor = Tensor::from<float>({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(tensor.type(), DataType::kFloat);
  EXPECT_EQ(tensor.rank(), 2);
  EXPECT_EQ(tensor.size(), 4);
  EXPECT_THAT(tensor.as<float>(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(Tensor().size(), 0);
  EXPECT_EQ(Tensor::scalar<int64_t>(7).shape(), Shape{});
}

TEST(Tensor, RefusesBytesThatDoNotFit) {
  EXPECT_EQ(error_of([] {
              Tensor(DataType::kFloat, {2, 2}, std::string(15, '\0'));
            }),
            "a float tensor of shape [2, 2] needs 16 bytes, but has 15");
  EXPECT_EQ(error_of([] { Tensor(DataType::kInt4, {3}, std::string(3, '\0')); }),
            "a int4 tensor of shape [3] needs 2 bytes, but has 3");
  EXPECT_EQ(error_of([] { Tensor(DataType::kUndefined, {1}, std::string("x")); }),
            "a tensor of type undefined has no bytes");
  EXPECT_EQ(error_of([] { Tensor({2}, std::vector<std::string>{"a"}); }),
            "a string tensor of shape [2] needs 2 strings, but has 1");
  EXPECT_THAT(error_of([] { Tensor(DataType::kDouble, {int64_t{1} << 62}, std::string()); }),
              testing::HasSubstr("but has 0"));
}

TEST(Tensor, CopiesShareTheirMemory) {
  const Tensor tensor = Tensor::from<int8_t>({3}, {1, 2, 3});
  const Tensor copy = tensor;
  const Tensor reshaped = tensor.reshaped({1, 3});
  EXPECT_TRUE(copy.same_storage(tensor));
  EXPECT_TRUE(reshaped.same_storage(tensor));
  EXPECT_EQ(reshaped.shape(), (Shape{1, 3}));
  EXPECT_EQ(error_of([&] { tensor.reshaped({2}); }), "a tensor of shape [3] cannot be reshaped to [2]");
  EXPECT_FALSE(Tensor::from<int8_t>({3}, {1, 2, 3}).same_storage(tensor));
}

TEST(Tensor, EqualityLooksAtTypeShapeAndBytes) {
  const Tensor tensor = Tensor::from<int8_t>({2}, {1, 2});
  EXPECT_EQ(tensor, Tensor::from<int8_t>({2}, {1, 2}));
  EXPECT_FALSE(tensor == Tensor::from<int8_t>({2}, {1, 3}));
  EXPECT_FALSE(tensor == Tensor::from<int8_t>({2, 1}, {1, 2}));
  EXPECT_FALSE(tensor == Tensor::from<uint8_t>({2}, {1, 2}));
  EXPECT_EQ(Tensor({1}, std::vector<std::string>{"a"}), Tensor({1}, std::vector<std::string>{"a"}));
  EXPECT_FALSE(Tensor({1}, std::vector<std::string>{"a"}) == Tensor({1}, std::vector<std::string>{"b"}));
}

TEST(Tensor, ViewsMemoryOfAnOwner) {
  const auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3});
  const Tensor view(DataType::kFloat, {3}, owner, reinterpret_cast<const std::byte*>(owner->data()), 12);
  EXPECT_EQ(static_cast<const void*>(view.bytes().data()), owner->data());
  EXPECT_EQ(owner.use_count(), 2);
}

TEST(Tensor, CopiesAViewThatIsNotAligned) {
  const auto owner = std::make_shared<std::vector<std::byte>>(9);
  const float value = 1.5F;
  std::memcpy(owner->data() + 1, &value, sizeof(value));
  const Tensor view(DataType::kFloat, {1}, owner, owner->data() + 1, 4);
  EXPECT_THAT(view.as<float>(), ElementsAre(1.5F));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(view.bytes().data()) % 4, 0);
}

TEST(TensorConversion, Floats) {
  EXPECT_THAT(Tensor(DataType::kFloat16, {3}, bytes({0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc})).to_floats(),
              ElementsAre(1.0F, 5.9604645e-8F, -std::numeric_limits<float>::infinity()));
  EXPECT_THAT(Tensor(DataType::kBfloat16, {2}, bytes({0x80, 0x3f, 0x20, 0xc0})).to_doubles(), ElementsAre(1.0, -2.5));
  EXPECT_THAT(Tensor::from<double>({2}, {0.5, -2}).to_floats(), ElementsAre(0.5F, -2.0F));
  EXPECT_THAT(Tensor::from<int64_t>({2}, {-3, 9}).to_floats(), ElementsAre(-3.0F, 9.0F));
}

TEST(TensorConversion, FourBitsTheFirstElementInTheLowHalf) {
  const std::string packed = bytes({0x8f, 0x07});
  EXPECT_THAT(Tensor(DataType::kInt4, {3}, packed).to_int64s(), ElementsAre(-1, -8, 7));
  EXPECT_THAT(Tensor(DataType::kUint4, {3}, packed).to_floats(), ElementsAre(15.0F, 8.0F, 7.0F));
  EXPECT_THAT(Tensor(DataType::kInt2, {4}, bytes({0xe4})).to_int64s(), ElementsAre(0, 1, -2, -1));
}

TEST(TensorConversion, IntegersAndBools) {
  EXPECT_THAT(Tensor::from<uint8_t>({2}, {0, 255}).to_int64s(), ElementsAre(0, 255));
  EXPECT_THAT(Tensor::from<int32_t>({1}, {-5}).to_doubles(), ElementsAre(-5.0));
  EXPECT_THAT(Tensor(DataType::kBool, {2}, bytes({0, 1})).to_int64s(), ElementsAre(0, 1));
  EXPECT_THAT(Tensor::from<float>({2}, {3, -4}).to_int64s(), ElementsAre(3, -4));
}

TEST(TensorConversion, RefusesWhatIsNoInteger) {
  EXPECT_EQ(error_of([] { Tensor::scalar(0.5F).to_int64s(); }),
            "0.5 is not a 64-bit integer; give the tensor whole numbers");
  EXPECT_EQ(error_of([] { Tensor::scalar(1e30).to_int64s(); }),
            "1e+30 is not a 64-bit integer; give the tensor whole numbers");
  EXPECT_EQ(error_of([] { Tensor::scalar(std::numeric_limits<float>::quiet_NaN()).to_int64s(); }),
            "nan is not a 64-bit integer; give the tensor whole numbers");
  EXPECT_EQ(error_of([] { Tensor::scalar(~uint64_t{0}).to_int64s(); }),
            "18446744073709551615 does not fit in a signed 64-bit integer");
  EXPECT_EQ(error_of([] { Tensor({1}, std::vector<std::string>{"a"}).to_floats(); }),
            "a string tensor cannot be read as numbers");
  EXPECT_EQ(error_of([] { Tensor(DataType::kFloat8E4M3FN, {1}, "x").to_floats(); }),
            "a float8e4m3fn tensor cannot be read as numbers");
}

TEST(TensorDeathTest, TypedAccessNeedsTheTensorsOwnType) {
  EXPECT_DEATH(Tensor::scalar(1.0F).as<int32_t>(), "a float tensor was read as int32");
}

}  // namespace
}  // namespace quoin
