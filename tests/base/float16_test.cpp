#include "base/float16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace quoin {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Float16, EveryFiniteValueComesBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = float16_to_float(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(float16_to_float(float_to_float16(value))));
    } else {
      ASSERT_EQ(float_to_float16(value), bits);
    }
  }
}

TEST(Float16, KnownValues) {
  EXPECT_EQ(float_to_float16(1.0F), 0x3c00);
  EXPECT_EQ(float_to_float16(-2.0F), 0xc000);
  EXPECT_EQ(float_to_float16(65504.0F), 0x7bff);
  EXPECT_EQ(float_to_float16(0.0F), 0x0000);
  EXPECT_EQ(float_to_float16(-0.0F), 0x8000);
  EXPECT_EQ(float16_to_float(0x0001), std::ldexp(1.0F, -24));
  EXPECT_EQ(float16_to_float(0x03ff), std::ldexp(1023.0F, -24));
  EXPECT_EQ(float16_to_float(0x7c00), kInfinity);
  EXPECT_EQ(float16_to_float(0xfc00), -kInfinity);
}

TEST(Float16, RoundsToNearestEven) {
  EXPECT_EQ(float_to_float16(1.0F + std::ldexp(1.0F, -11)), 0x3c00);                          // a tie, to even
  EXPECT_EQ(float_to_float16(1.0F + std::ldexp(3.0F, -11)), 0x3c02);                          // a tie, to even
  EXPECT_EQ(float_to_float16(1.0F + std::ldexp(1.0F, -11) + std::ldexp(1.0F, -20)), 0x3c01);  // above the tie
  EXPECT_EQ(float_to_float16(std::ldexp(1.0F, -25)), 0x0000);  // half the smallest denormal
  EXPECT_EQ(float_to_float16(std::nextafter(std::ldexp(1.0F, -25), 1.0F)), 0x0001);
  EXPECT_EQ(float_to_float16(std::ldexp(3.0F, -25)), 0x0002);
  EXPECT_EQ(float_to_float16(std::ldexp(2047.0F, -25)), 0x0400);  // up into the normal ones
}

TEST(Float16, OverflowsAt65520) {
  EXPECT_EQ(float_to_float16(65519.996F), 0x7bff);
  EXPECT_EQ(float_to_float16(65520.0F), 0x7c00);
  EXPECT_EQ(float_to_float16(kInfinity), 0x7c00);
  EXPECT_EQ(float_to_float16(-1e30F), 0xfc00);
  EXPECT_TRUE(std::isnan(float16_to_float(float_to_float16(std::numeric_limits<float>::quiet_NaN()))));
}

// Every float between two neighbouring halves goes to the nearer one.
TEST(Float16, NearestOfNeighbours) {
  for (uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const double low = float16_to_float(bits), high = float16_to_float(static_cast<uint16_t>(bits + 1));
    const float middle = static_cast<float>((low + high) / 2);  // exact: one bit more than a half has
    ASSERT_EQ(float_to_float16(middle), bits % 2 == 0 ? bits : bits + 1);
    ASSERT_EQ(float_to_float16(std::nextafter(middle, 0.0F)), bits);
    ASSERT_EQ(float_to_float16(std::nextafter(middle, kInfinity)), bits + 1);
  }
}

TEST(Bfloat16, RoundsToNearestEven) {
  EXPECT_EQ(float_to_bfloat16(1.0F), 0x3f80);
  EXPECT_EQ(float_to_bfloat16(1.0F + std::ldexp(1.0F, -8)), 0x3f80);
  EXPECT_EQ(float_to_bfloat16(1.0F + std::ldexp(3.0F, -8)), 0x3f82);
  EXPECT_EQ(float_to_bfloat16(kInfinity), 0x7f80);
  EXPECT_EQ(float_to_bfloat16(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_TRUE(std::isnan(bfloat16_to_float(float_to_bfloat16(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(Bfloat16, EveryNumberComesBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = bfloat16_to_float(static_cast<uint16_t>(bits));
    if (std::isnan(value)) continue;
    ASSERT_EQ(float_to_bfloat16(value), bits);
  }
}

}  // namespace
}  // namespace quoin
