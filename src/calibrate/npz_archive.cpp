// libzip's archives, read piece by piece.
#include "calibrate/npz_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <map>
#include <mutex>

#include "base/regular_file.h"
#include "quoin/error.h"

namespace quoin {
namespace npz {

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

constexpr uint64_t kPieceBytes = uint64_t{1} << 20;

// What was inflated last, of all members together.
class Pieces {
 public:
  explicit Pieces(size_t most) : most_(most) {}
  using Piece = std::shared_ptr<const std::string>;
  Piece find(uint64_t member, uint64_t number) {
    const auto found = pieces_.find({member, number});
    if (found == pieces_.end()) return nullptr;
    order_.splice(order_.end(), order_, found->second.place);
    return found->second.piece;
  }
  void keep(uint64_t member, uint64_t number, Piece piece) {
    if (pieces_.contains({member, number})) return;
    if (order_.size() >= most_) {
      pieces_.erase(order_.front());
      order_.pop_front();
    }
    order_.emplace_back(member, number);
    pieces_[{member, number}] = {std::move(piece), std::prev(order_.end())};
  }

 private:
  using Key = std::pair<uint64_t, uint64_t>;
  struct Held {
    Piece piece;
    std::list<Key>::iterator place;
  };
  size_t most_;
  std::list<Key> order_;  // least recently used first
  std::map<Key, Held> pieces_;
};

// An open archive; libzip wants one thread at a time.
struct OpenArchive {
  OpenArchive(const std::string& file, size_t most_pieces) : path(file), pieces(most_pieces) {}
  std::string path;
  std::unique_ptr<zip_t, CloseArchive> zip;
  Pieces pieces;
  std::mutex mutex;
};

Member open_member(OpenArchive& archive, uint64_t index, const std::string& where) {
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
  StoredMember(std::shared_ptr<OpenArchive> archive, uint64_t index, uint64_t size, std::string where)
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
  std::shared_ptr<OpenArchive> archive_;
  uint64_t size_;
  std::string where_;
  Member member_;
};

// A deflated member: inflated from its start on, in pieces, as far as it is read. Pieces that the archive no longer
// keeps are inflated again, from the start.
class DeflatedMember : public ByteSource {
 public:
  DeflatedMember(std::shared_ptr<OpenArchive> archive, uint64_t index, uint64_t size, std::string where)
      : archive_(std::move(archive)), index_(index), size_(size), where_(std::move(where)) {}
  ~DeflatedMember() override {
    const std::lock_guard lock(archive_->mutex);
    member_.reset();
  }
  DeflatedMember(const DeflatedMember&) = delete;
  DeflatedMember& operator=(const DeflatedMember&) = delete;
  uint64_t size() const override { return size_; }
  Bytes read(uint64_t offset, size_t count) const override {
    auto bytes = std::make_shared<std::string>(count, '\0');
    const std::lock_guard lock(archive_->mutex);
    for (size_t done = 0; done < count;) {
      const uint64_t at = offset + done;
      const std::shared_ptr<const std::string> held = piece(at / kPieceBytes);
      const size_t skipped = static_cast<size_t>(at % kPieceBytes);
      const size_t taken = std::min(count - done, held->size() - skipped);
      std::memcpy(bytes->data() + done, held->data() + skipped, taken);
      done += taken;
    }
    const std::byte* data = reinterpret_cast<const std::byte*>(bytes->data());
    return {std::move(bytes), data, count};
  }

 private:
  std::shared_ptr<const std::string> piece(uint64_t wanted) const {
    if (auto held = archive_->pieces.find(index_, wanted)) return held;
    if (!member_ || wanted < next_) {
      member_ = open_member(*archive_, index_, where_);
      next_ = 0;
    }
    while (true) {
      const uint64_t begin = next_ * kPieceBytes;
      auto inflated = std::make_shared<std::string>(std::min<uint64_t>(kPieceBytes, size_ - begin), '\0');
      read_exactly(member_.get(), inflated->data(), inflated->size(), where_);
      if (begin + inflated->size() == size_) check_end();
      archive_->pieces.keep(index_, next_, inflated);
      if (next_++ == wanted) return inflated;
    }
  }

  // At the end the checksum is compared.
  void check_end() const {
    char extra = 0;
    const zip_int64_t more = zip_fread(member_.get(), &extra, 1);
    if (more < 0) fail_member(where_, zip_file_strerror(member_.get()));
    if (more > 0) fail_member(where_, "it is longer than the archive says");
  }

  std::shared_ptr<OpenArchive> archive_;
  uint64_t index_, size_;
  std::string where_;
  mutable Member member_;      // null before the first read
  mutable uint64_t next_ = 0;  // the piece that it gives next
};

}  // namespace npz

namespace {

zip_stat_t stat_of(npz::OpenArchive& archive, uint64_t index) {
  zip_stat_t status;
  if (zip_stat_index(archive.zip.get(), index, 0, &status) != 0)
    npz::fail_member(archive.path, zip_strerror(archive.zip.get()));
  return status;
}

}  // namespace

NpzArchive::NpzArchive(const std::string& path, size_t most_pieces)
    : archive_(std::make_shared<npz::OpenArchive>(path, most_pieces)) {
  const RegularFile regular(path);  // for its checks: libzip would wait for a pipe
  int code = 0;
  archive_->zip.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive_->zip) return;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw Error(ErrorCode::kBadInput, fmt::format("cannot read the archive: {}", why), "save it with numpy.savez", path);
}

uint64_t NpzArchive::size() const {
  return static_cast<uint64_t>(std::max<zip_int64_t>(0, zip_get_num_entries(archive_->zip.get(), 0)));
}

std::string NpzArchive::name(uint64_t index) const { return stat_of(*archive_, index).name; }

std::shared_ptr<const ByteSource> NpzArchive::open(uint64_t index) const {
  const zip_stat_t status = stat_of(*archive_, index);
  const std::string where = fmt::format("{}: {}", archive_->path, status.name);
  if (status.comp_method == ZIP_CM_STORE && status.size == status.comp_size)
    return std::make_shared<npz::StoredMember>(archive_, index, status.size, where);
  if (status.size / npz::kLargestRatio > status.comp_size + 1)
    npz::fail_member(where, fmt::format("its size of {} bytes is a lie", status.size));
  return std::make_shared<npz::DeflatedMember>(archive_, index, status.size, where);
}

}  // namespace quoin
