#include "rewrite/prove/ops.h"

#include <unordered_map>

namespace quoin::prove {

MakeNode maker_of(const std::string& op, const std::string& domain) {
  static const std::unordered_map<std::string, MakeNode> all = [] {
    std::unordered_map<std::string, MakeNode> table;
    for (const Makers& family : {elementwise_makers(), conv_makers(), product_makers(), norm_makers(), shape_makers(),
                                 join_makers(), reduce_makers(), attention_makers()}) {
      for (const auto& [name, maker] : family) table.emplace(std::string(name), maker);
    }
    return table;
  }();
  const auto found = all.find(domain.empty() ? op : domain + "::" + op);
  return found == all.end() ? nullptr : found->second;
}

}  // namespace quoin::prove
