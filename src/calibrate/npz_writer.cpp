#include "calibrate/npz_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zip.h>

#include "quoin/error.h"

namespace quoin {
namespace {

constexpr size_t kAlignment = 64;  // of the data, as NumPy asks for

std::string descr_of(DataType type) {
  switch (type) {
    case DataType::kBool:
      return "|b1";
    case DataType::kUint8:
      return "|u1";
    case DataType::kInt8:
      return "|i1";
    case DataType::kUint16:
      return "<u2";
    case DataType::kInt16:
      return "<i2";
    case DataType::kUint32:
      return "<u4";
    case DataType::kInt32:
      return "<i4";
    case DataType::kUint64:
      return "<u8";
    case DataType::kInt64:
      return "<i8";
    case DataType::kFloat16:
      return "<f2";
    case DataType::kFloat:
      return "<f4";
    case DataType::kDouble:
      return "<f8";
    default:
      throw Error(ErrorCode::kBadInput, fmt::format("NumPy has no arrays of {}", to_string(type)),
                  "give a model whose outputs are float16, float, double, integers or bool");
  }
}

[[noreturn]] void fail_write(const std::filesystem::path& path, const std::string& why) {
  throw Error(ErrorCode::kUsage, fmt::format("cannot write the archive: {}", why), "check the room on the disk",
              path.string());
}

}  // namespace

std::string npy_header(DataType type, const Shape& shape) {
  std::string dims;
  for (const int64_t dim : shape) dims += fmt::format("{}, ", dim);
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr_of(type), dims);
  const bool is_long = text.size() + kAlignment > 0xffff;
  const size_t before = is_long ? 12 : 10;
  text.resize((before + text.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - before - 1, ' ');
  text += '\n';
  std::string header("\x93NUMPY", 6);
  header += static_cast<char>(is_long ? 2 : 1);
  header += '\0';
  for (size_t i = 0; i < before - 8; ++i) header += static_cast<char>(text.size() >> (8 * i) & 0xff);
  return header + text;
}

void write_npz(const std::filesystem::path& path, const std::vector<NpzMember>& members) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (!archive) fail_write(path, fmt::format("libzip's error {}", code));
  const auto fail = [&] {
    const std::string why = zip_strerror(archive);
    zip_discard(archive);
    fail_write(path, why);
  };
  for (const NpzMember& member : members) {
    zip_source_t* source = zip_source_file(archive, member.file.c_str(), 0, -1);
    if (!source) fail();
    const zip_int64_t index = zip_file_add(archive, (member.name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      fail();
    }
    if (zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) != 0) fail();
  }
  if (zip_close(archive) != 0) fail();
}

}  // namespace quoin
