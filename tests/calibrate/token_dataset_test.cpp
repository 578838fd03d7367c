// Token numbers from a table.
#include <gtest/gtest.h>

#include "files.h"
#include "quoin/dataset.h"

namespace quoin {
namespace {

using test::error_of;
using test::temp_path;
using test::write_file;

std::string token_file(const std::string& toml,
                       const std::string& table = "text\ttoken_ids\tclass\na b c\t4 5 6\t1\nd\t 7\t0\n") {
  write_file("tokens/table.tsv", table);
  return write_file("tokens/sentences.toml", toml);
}

std::string error_without_folder(const std::string& toml, const std::string& table = "text\ttoken_ids\na b\t4 5\n") {
  const std::string path = token_file(toml, table), folder = temp_path("tokens");
  std::string error = error_of([&] { load_dataset(path); });
  for (size_t at = error.find(folder); at != std::string::npos; at = error.find(folder))
    error.replace(at, folder.size(), "DIR");
  return error;
}

TEST(TokenDataset, EachSampleHasItsOwnLength) {
  const Dataset data = load_dataset(token_file("tokens = 'table.tsv'"));
  ASSERT_EQ(data.size(), 2u);
  EXPECT_FALSE(data.has_labels());
  const Sample first = data.sample(0);
  ASSERT_EQ(first.inputs.size(), 1u);
  EXPECT_EQ(first.inputs[0].first, "");
  EXPECT_EQ(first.inputs[0].second.shape(), (Shape{1, 3}));
  EXPECT_EQ(first.inputs[0].second.as<int64_t>()[2], 6);
  EXPECT_EQ(data.sample(1).inputs[0].second.shape(), (Shape{1, 1}));
}

TEST(TokenDataset, MaskLabelsAndSplits) {
  const Dataset data =
      load_dataset(token_file("tokens = 'table.tsv'\ninput = 'ids'\nmask = 'mask'\nlabel_column = 'class'\n"
                              "[split.rest]\nskip = 1\n") +
                   "#rest");
  ASSERT_EQ(data.size(), 1u);
  const Sample sample = data.sample(0);
  EXPECT_EQ(sample.label, 0);
  ASSERT_EQ(sample.inputs.size(), 2u);
  EXPECT_EQ(sample.inputs[1].first, "mask");
  EXPECT_EQ(sample.inputs[1].second.shape(), (Shape{1, 1}));
  EXPECT_EQ(sample.inputs[1].second.as<int64_t>()[0], 1);
}

TEST(TokenDataset, ErrorsSayWhere) {
  EXPECT_EQ(error_without_folder("tokens = 'table.tsv'\nids_column = 'tokens_ids'"),
            "there is no column 'tokens_ids', did you mean 'token_ids'? | the header line has: text, token_ids | "
            "DIR/table.tsv:1");
  EXPECT_EQ(error_without_folder("tokens = 'table.tsv'", "token_ids\n4 x\n"),
            "the token 'x' is not an integer | set ids_column to a column of integers | DIR/table.tsv:2");
  EXPECT_EQ(error_without_folder("tokens = 'table.tsv'", "token_ids\ttext\n \ta\n"),
            "the row has no tokens | remove the line, or give it token numbers | DIR/table.tsv:2");
  EXPECT_EQ(error_without_folder("tokens = 'table.tsv'", "token_ids\n"),
            "the dataset has no rows | put lines below the header line | DIR/table.tsv");
  EXPECT_EQ(error_without_folder("tokens = 'table.tsv'\nmask = 'm'"),
            "'mask' needs 'input' | name the model's input of the token numbers too | DIR/sentences.toml:2:8");
  EXPECT_EQ(error_without_folder("tokens = 'table.tsv'\nimages = 'i'"),
            "'tokens' and 'images' exclude each other | a dataset is of one kind | DIR/sentences.toml:2:10");
  EXPECT_EQ(error_without_folder("images = 'i'\nmask = 'm'"),
            "'mask' needs 'tokens' | name the table: tokens = \"sentences.tsv\" | DIR/sentences.toml:2:8");
}

}  // namespace
}  // namespace quoin
