// NumPy's .npz: a zip archive of .npy members.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zip.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "calibrate/npy.h"
#include "calibrate/readers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr uint64_t kLargestRatio = 1032;  // of deflate; a member that claims more is a lie about its size

[[noreturn]] void fail_member(const std::string& where, std::string_view why) {
  throw Error(ErrorCode::kBadInput, fmt::format("cannot read the archive's member: {}", why),
              "write or copy the file again", where);
}

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseMember {
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};
using Member = std::unique_ptr<zip_file_t, CloseMember>;

// An open archive; libzip wants one thread at a time.
struct Archive {
  std::unique_ptr<zip_t, CloseArchive> zip;
  std::mutex mutex;
};

Member open_member(Archive& archive, uint64_t index, const std::string& where) {
  Member member(zip_fopen_index(archive.zip.get(), index, 0));
  if (!member) fail_member(where, zip_strerror(archive.zip.get()));
  return member;
}

void read_exactly(zip_file_t* member, char* to, size_t count, const std::string& where) {
  while (count > 0) {
    const zip_int64_t got = zip_fread(member, to, count);
    if (got < 0) fail_member(where, zip_file_strerror(member));
    if (got == 0) fail_member(where, "it is cut short");
    to += got;
    count -= static_cast<size_t>(got);
  }
}

// A member that is stored as it is: pieces are read where they lie.
class StoredMember : public ByteSource {
 public:
  StoredMember(std::shared_ptr<Archive> archive, uint64_t index, uint64_t size, std::string where)
      : archive_(std::move(archive)),
        size_(size),
        where_(std::move(where)),
        member_(open_member(*archive_, index, where_)) {}
  ~StoredMember() override {
    const std::lock_guard lock(archive_->mutex);
    member_.reset();
  }
  StoredMember(const StoredMember&) = delete;
  StoredMember& operator=(const StoredMember&) = delete;
  uint64_t size() const override { return size_; }
  Bytes read(uint64_t offset, size_t count) const override {
    auto bytes = std::make_shared<std::string>(count, '\0');
    const std::lock_guard lock(archive_->mutex);
    if (zip_fseek(member_.get(), static_cast<zip_int64_t>(offset), SEEK_SET) != 0)
      fail_member(where_, zip_file_strerror(member_.get()));
    read_exactly(member_.get(), bytes->data(), count, where_);
    const std::byte* data = reinterpret_cast<const std::byte*>(bytes->data());
    return {std::move(bytes), data, count};
  }

 private:
  std::shared_ptr<Archive> archive_;
  uint64_t size_;
  std::string where_;
  Member member_;
};

std::string inflate_member(Archive& archive, uint64_t index, const zip_stat_t& status, const std::string& where) {
  if (status.size / kLargestRatio > status.comp_size + 1)
    fail_member(where, fmt::format("its size of {} bytes is a lie", status.size));
  std::string bytes(status.size, '\0');
  const Member member = open_member(archive, index, where);
  read_exactly(member.get(), bytes.data(), bytes.size(), where);
  char extra = 0;
  const zip_int64_t more = zip_fread(member.get(), &extra, 1);  // at the end the checksum is compared
  if (more < 0) fail_member(where, zip_file_strerror(member.get()));
  if (more > 0) fail_member(where, "it is longer than the archive says");
  return bytes;
}

std::shared_ptr<const ByteSource> open_source(const std::shared_ptr<Archive>& archive, uint64_t index,
                                              const zip_stat_t& status, const std::string& where) {
  if (status.comp_method == ZIP_CM_STORE && status.size == status.comp_size) {
    return std::make_shared<StoredMember>(archive, index, status.size, where);
  }
  return memory_source(inflate_member(*archive, index, status, where));
}

std::shared_ptr<Archive> open_archive(const std::string& path) {
  int code = 0;
  auto archive = std::make_shared<Archive>();
  archive->zip.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive->zip) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw Error(ErrorCode::kBadInput, fmt::format("cannot read the archive: {}", why), "save it with numpy.savez", path);
}

std::vector<int64_t> read_labels(const NpyArray& array, const std::string& where) {
  size_t per_sample = 1;
  for (size_t i = 1; i < array.shape().size(); ++i) per_sample *= static_cast<size_t>(array.shape()[i]);
  const bool integer =
      array.type() != DataType::kFloat && array.type() != DataType::kDouble && array.type() != DataType::kFloat16;
  if (per_sample != 1 || !integer) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the labels are {} {}, one integer per sample is wanted", fmt::join(array.shape(), "x"),
                            to_string(array.type())),
                "save class numbers: labels=numpy.array(classes, numpy.int64)", where);
  }
  std::vector<int64_t> labels;
  labels.reserve(array.samples());
  for (size_t i = 0; i < array.samples(); ++i) labels.push_back(array.sample(i).to_int64s().at(0));
  return labels;
}

}  // namespace

Dataset read_npy(const std::string& path) {
  const auto array = std::make_shared<const NpyArray>(map_file(path), path);
  return Dataset(
      array->samples(),
      [array](size_t index) {
        return Sample{{{"", array->sample(index)}}, {}};
      },
      path);
}

Dataset read_npz(const std::string& path) {
  const std::shared_ptr<Archive> archive = open_archive(path);
  struct Content {
    std::vector<std::pair<std::string, NpyArray>> arrays;
    std::vector<int64_t> labels;
  };
  const auto content = std::make_shared<Content>();
  size_t samples = 0;
  std::string counted_by;
  bool has_labels = false;
  const zip_int64_t members = zip_get_num_entries(archive->zip.get(), 0);
  for (zip_int64_t i = 0; i < members; ++i) {
    zip_stat_t status;
    const uint64_t index = static_cast<uint64_t>(i);
    if (zip_stat_index(archive->zip.get(), index, 0, &status) != 0) fail_member(path, zip_strerror(archive->zip.get()));
    std::string name = status.name;
    const std::string where = fmt::format("{}: {}", path, name);
    if (!name.ends_with(".npy")) {
      throw Error(ErrorCode::kBadInput, "the archive has a member that is not a .npy array", "save it with numpy.savez",
                  where);
    }
    name.resize(name.size() - 4);
    NpyArray array(open_source(archive, index, status, where), where);
    if (!counted_by.empty() && array.samples() != samples) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("'{}' has {} samples and '{}' has {}", counted_by, samples, name, array.samples()),
                  "every array of the archive needs one entry per sample along its first axis", path);
    }
    samples = array.samples();
    counted_by = name;
    if (name == "labels") {
      content->labels = read_labels(array, where);
      has_labels = true;
    } else {
      content->arrays.emplace_back(std::move(name), std::move(array));
    }
  }
  if (content->arrays.empty()) {
    throw Error(ErrorCode::kBadInput, "the archive has no arrays to feed",
                "save arrays named as the model's inputs: numpy.savez(path, input=x)", path);
  }
  return Dataset(
      samples,
      [content, has_labels](size_t index) {
        Sample sample;
        for (const auto& [name, array] : content->arrays) sample.inputs.emplace_back(name, array.sample(index));
        if (has_labels) sample.label = content->labels[index];
        return sample;
      },
      path, has_labels);
}

}  // namespace quoin
