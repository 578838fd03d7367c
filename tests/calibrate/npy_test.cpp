#include "calibrate/npy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <thread>

#include "files.h"
#include "quoin/dataset.h"

namespace quoin {
namespace {

using test::data_path;
using test::error_of;
using test::message_of;
using test::write_file;

std::string number_bytes(uint64_t value, size_t size) {
  return std::string(reinterpret_cast<const char*>(&value), size);
}

std::string npy(const std::string& header, const std::string& data, int version = 1) {
  std::string text = header;
  const size_t length_size = version == 1 ? 2 : 4;
  while ((8 + length_size + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  return std::string("\x93NUMPY", 6) + static_cast<char>(version) + '\0' + number_bytes(text.size(), length_size) +
         text + data;
}

std::string header(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

NpyArray array_of(std::string bytes) { return NpyArray(memory_source(std::move(bytes)), "x.npy"); }

std::string message(const std::string& bytes) {
  return message_of([&] { array_of(bytes); });
}

std::vector<float> floats(const Tensor& tensor) { return tensor.to_floats(); }

TEST(Npy, ReadsEveryType) {
  const std::pair<const char*, DataType> types[] = {
      {"<f2", DataType::kFloat16}, {"<f4", DataType::kFloat},  {"<f8", DataType::kDouble}, {"|i1", DataType::kInt8},
      {"<i2", DataType::kInt16},   {"<i4", DataType::kInt32},  {"<i8", DataType::kInt64},  {"|u1", DataType::kUint8},
      {"<u2", DataType::kUint16},  {"<u4", DataType::kUint32}, {"<u8", DataType::kUint64}, {"|b1", DataType::kBool},
      {"=f4", DataType::kFloat}};
  for (const auto& [descr, type] : types) {
    const NpyArray array = array_of(npy(header(descr, "(2, 3)"), std::string(48, '\0')));
    EXPECT_EQ(array.type(), type) << descr;
    EXPECT_EQ(array.sample(1).shape(), (Shape{1, 3}));
  }
}

TEST(Npy, ReadsEveryHeaderVersion) {
  for (const int version : {1, 2, 3}) {
    const NpyArray array = array_of(npy(header("|u1", "(2,)"), "\x05\x07", version));
    EXPECT_EQ(array.sample(1).as<uint8_t>()[0], 7) << version;
    EXPECT_EQ(array.sample(1).shape(), (Shape{1}));
  }
  EXPECT_EQ(message(npy(header("|u1", "(2,)"), "\x05\x07", 4)),
            "the array has format version 4, versions 1 to 3 are known");
}

TEST(Npy, ReadsOlderSpellings) {
  const NpyArray array =
      array_of(npy("{ \"shape\": (2L, 1L), \"fortran_order\": False, \"descr\": \"|u1\"}", "\x05\x07"));
  EXPECT_EQ(array.shape(), (Shape{2, 1}));
}

TEST(Npy, FortranOrderAndBigEndianGiveTheSameSamples) {
  for (const char* name : {"fortran.npy", "big_endian.npy", "stored.npz", "deflated.npz", "fortran.npz"}) {
    const Dataset data = load_dataset(data_path(name));
    ASSERT_EQ(data.size(), 4u) << name;
    const Tensor tensor = data.sample(2).inputs.at(0).second;
    EXPECT_EQ(tensor.shape(), (Shape{1, 2, 3}));
    EXPECT_EQ(floats(tensor), (std::vector<float>{1.5f, 1.625f, 1.75f, 1.875f, 2, 2.125f})) << name;
  }
}

TEST(Npy, RefusesWhatIsNotNumbers) {
  EXPECT_EQ(message(npy(header("|O", "(2,)"), "xxxxxxxxxxxxxxxx")), "the array holds Python objects");
  EXPECT_EQ(message(npy(header("<U0", "(2,)"), "x")),
            "the array's type '<U0' is not one of float16, float32, float64, integer, bool or text");
  EXPECT_EQ(message(npy(header("<U5", "(2,)"), "x")),
            "the array is cut short: its header says 2 string, 1 bytes of data are there");
  EXPECT_EQ(message(npy(header("<c8", "(2,)"), "x")),
            "the array's type '<c8' is not one of float16, float32, float64, integer, bool or text");
  EXPECT_EQ(message(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "x")),
            "the array has a structured type");
}

// What numpy.array([["a", "zwei"], ["é€", "😀"]]) holds.
TEST(Npy, ReadsTexts) {
  const std::u32string items[] = {U"a", U"zwei", U"é€", U"😀"};
  std::string little, big, bytes;
  for (std::u32string item : items) {
    item.resize(4, U'\0');
    for (const char32_t c : item) {
      little += number_bytes(c, 4);
      std::string turned = number_bytes(c, 4);
      std::reverse(turned.begin(), turned.end());
      big += turned;
    }
  }
  const std::vector<std::string> first = {"a", "zwei"}, second = {"é€", "😀"};
  for (const NpyArray& array :
       {array_of(npy(header("<U4", "(2, 2)"), little)), array_of(npy(header(">U4", "(2, 2)"), big))}) {
    EXPECT_EQ(array.type(), DataType::kString);
    EXPECT_EQ(array.sample(0).shape(), (Shape{1, 2}));
    EXPECT_EQ(array.sample(0).strings(), first);
    EXPECT_EQ(array.sample(1).strings(), second);
  }
  const NpyArray narrow = array_of(npy(header("|S3", "(2,)"), std::string("ab\0cde", 6)));
  EXPECT_EQ(narrow.sample(0).strings(), std::vector<std::string>{"ab"});
  EXPECT_EQ(narrow.sample(1).strings(), std::vector<std::string>{"cde"});
  EXPECT_EQ(message_of([] { array_of(npy(header("<U1", "(1,)"), number_bytes(0xd800, 4))).sample(0); }),
            "the array holds 0xd800, which is no character");
}

TEST(Npy, NamesCutFiles) {
  const std::string whole = npy(header("<f4", "(2, 3)"), std::string(24, '\0'));
  EXPECT_EQ(message(whole), "");
  EXPECT_EQ(error_of([&] { array_of(whole.substr(0, whole.size() - 1)); }),
            "the array is cut short: its header says 2x3 float, 23 bytes of data are there | write or copy the file "
            "again | x.npy");
  EXPECT_EQ(message(whole.substr(0, 40)), "the array is cut short inside its header");
  EXPECT_EQ(message(whole.substr(0, 9)), "the array is cut short inside its header");
  EXPECT_EQ(message(whole.substr(0, 7)), "the array is cut short inside its header");
  EXPECT_EQ(message(whole.substr(0, 5)), "this is not a numpy array");
  EXPECT_EQ(message(""), "this is not a numpy array");
}

TEST(Npy, RefusesHostileHeaders) {
  EXPECT_NE(message(npy(header("<f4", "(4611686018427387904, 4611686018427387904)"), "")), "");
  EXPECT_EQ(message(npy(header("<f4", "(4611686018427387904,)"), "")),
            "the array is cut short: its header says 4611686018427387904 float, 0 bytes of data are there");
  for (const char* text : {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,)}",
                           "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
                           "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
                           "{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}", "{'other': '<f4'}"}) {
    EXPECT_EQ(message(npy(text, "")), "the array's header is not one that numpy writes") << text;
  }
  EXPECT_EQ(message(npy(header("<f4", "()"), "xxxx")), "the array is a single number");
}

TEST(Npy, FileIsTheOnlyInput) {
  const std::string path = write_file("one.npy", npy(header("|u1", "(3, 1)"), "\x05\x07\x09"));
  const Dataset data = load_dataset(path);
  EXPECT_EQ(data.size(), 3u);
  EXPECT_EQ(data.origin(), path);
  EXPECT_FALSE(data.has_labels());
  EXPECT_EQ(data.sample(2).inputs.at(0).first, "");
  EXPECT_EQ(data.sample(2).inputs.at(0).second.as<uint8_t>()[0], 9);
}

TEST(Npz, GivesNamesAndLabels) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const Dataset data = load_dataset(data_path(name));
    EXPECT_TRUE(data.has_labels());
    EXPECT_EQ(data.sample(2).label, 4) << name;
    EXPECT_EQ(data.sample(2).inputs.size(), 1u);
    EXPECT_EQ(data.sample(2).inputs[0].first, "x");
  }
}

TEST(Npz, IsReadByManyThreads) {
  const Dataset data = load_dataset(data_path("stored.npz"));
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (size_t i = 0; i < 200; ++i)
        wrong += floats(data.sample(i % 4).inputs[0].second)[0] != static_cast<float>(i % 4) * 0.75f;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Npz, RefusesWithTheMembersName) {
  const auto error = [](const std::string& name) { return error_of([&] { load_dataset(data_path(name)); }); };
  EXPECT_EQ(error("uneven.npz"),
            "'x' has 4 samples and 'y' has 3 | every array of the archive needs one entry per sample along its first "
            "axis | " +
                data_path("uneven.npz"));
  EXPECT_EQ(error("float_labels.npz"),
            "the labels are 4 float, one integer per sample is wanted | save class numbers: "
            "labels=numpy.array(classes, numpy.int64) | " +
                data_path("float_labels.npz") + ": labels.npy");
  EXPECT_EQ(
      error("only_labels.npz"),
      "the archive has no arrays to feed | save arrays named as the model's inputs: numpy.savez(path, input=x) | " +
          data_path("only_labels.npz"));
  EXPECT_EQ(error("objects.npz"),
            "the array holds Python objects | save an array of numbers or texts: numpy.asarray(x, numpy.float32), "
            "numpy.asarray(x, str) | " +
                data_path("objects.npz") + ": x.npy");
  EXPECT_EQ(error("foreign.npz"), "the archive has a member that is not a .npy array | save it with numpy.savez | " +
                                      data_path("foreign.npz") + ": readme.txt");
  EXPECT_EQ(error("cut.npz"),
            "the array is cut short: its header says 4x2x3 float, 76 bytes of data are there | write or copy the file "
            "again | " +
                data_path("cut.npz") + ": x.npy");
}

TEST(Npz, RefusesBrokenArchives) {
  const std::string bytes = test::read_file(data_path("stored.npz"));
  const std::string cut = write_file("broken.npz", bytes.substr(0, bytes.size() / 2));
  EXPECT_TRUE(message_of([&] { load_dataset(cut); }).starts_with("cannot read the archive: "))
      << message_of([&] { load_dataset(cut); });
  // A changed byte inside of the compressed data.
  std::string changed = test::read_file(data_path("deflated.npz"));
  changed[120] = static_cast<char>(changed[120] ^ 0x55);
  const std::string damaged = write_file("damaged.npz", changed);
  EXPECT_TRUE(message_of([&] { load_dataset(damaged); }).starts_with("cannot read the archive's member: "))
      << message_of([&] { load_dataset(damaged); });
}

}  // namespace
}  // namespace quoin
