#include "mutate_message.h"

#include <algorithm>
#include <array>
#include <limits>

namespace quoin::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDeepest = 60;

void copy_into(Message& to, const Message& from) {
  if (&to == &from || to.GetDescriptor() != from.GetDescriptor()) return;
  // `from` may lie inside `to`, which CopyFrom clears first.
  const std::string bytes = from.SerializePartialAsString();
  to.ParsePartialFromString(bytes);
}

const Message* other_of_kind(const FieldDescriptor& field, const std::vector<Message*>& all, size_t from) {
  for (size_t i = 0; i < all.size(); ++i) {
    const Message* other = all[(from + i) % all.size()];
    if (other->GetDescriptor() == field.message_type()) return other;
  }
  return nullptr;
}

}  // namespace

void MessageMutator::collect(Message& message, std::vector<Message*>& all, int depth) const {
  all.push_back(&message);
  if (depth > kDeepest) return;
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      collect(*reflection.MutableMessage(&message, field), all, depth + 1);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      collect(*reflection.MutableRepeatedMessage(&message, field, i), all, depth + 1);
    }
  }
}

void MessageMutator::mutate(Message& message) {
  const size_t times = 1 + below(3);
  for (size_t i = 0; i < times; ++i) {
    std::vector<Message*> all;
    collect(message, all, 0);
    change_field(*all[below(all.size())], all);
  }
}

void MessageMutator::change_field(Message& message, const std::vector<Message*>& all) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const Field*> present;
  reflection.ListFields(message, &present);
  // Mostly what is there; now and then a field that is not.
  const Field* field = !present.empty() && below(5) != 0
                           ? present[below(present.size())]
                           : message.GetDescriptor()->field(
                                 static_cast<int>(below(static_cast<size_t>(message.GetDescriptor()->field_count()))));
  if (field->is_repeated()) {
    change_repeated(message, *field, all);
  } else if (below(8) == 0) {
    reflection.ClearField(&message, field);
  } else {
    set_single(message, *field, all);
  }
}

void MessageMutator::change_repeated(Message& message, const Field& field, const std::vector<Message*>& all) {
  const Reflection& reflection = *message.GetReflection();
  const int count = reflection.FieldSize(message, &field);
  const auto any = [&] { return static_cast<int>(below(static_cast<size_t>(count))); };
  switch (below(4)) {
    case 0:  // one fewer
      if (count == 0) return;
      reflection.SwapElements(&message, &field, any(), count - 1);
      reflection.RemoveLast(&message, &field);
      return;
    case 1:  // another order
      if (count > 1) reflection.SwapElements(&message, &field, any(), any());
      return;
    default:
      break;
  }
  const bool more = count == 0 || below(2) == 0;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_MESSAGE: {
      const Message* other = other_of_kind(field, all, below(all.size()));
      const std::string bytes = other ? other->SerializePartialAsString() : "";
      Message* at =
          more ? reflection.AddMessage(&message, &field) : reflection.MutableRepeatedMessage(&message, &field, any());
      at->ParsePartialFromString(bytes);
      return;
    }
    case Field::CPPTYPE_STRING: {
      const std::string made = text(all);
      more ? reflection.AddString(&message, &field, made) : reflection.SetRepeatedString(&message, &field, any(), made);
      return;
    }
    case Field::CPPTYPE_INT64:
      more ? reflection.AddInt64(&message, &field, whole())
           : reflection.SetRepeatedInt64(&message, &field, any(), whole());
      return;
    case Field::CPPTYPE_INT32: {
      const auto made = static_cast<int32_t>(whole());
      more ? reflection.AddInt32(&message, &field, made) : reflection.SetRepeatedInt32(&message, &field, any(), made);
      return;
    }
    case Field::CPPTYPE_FLOAT: {
      const auto made = static_cast<float>(real());
      more ? reflection.AddFloat(&message, &field, made) : reflection.SetRepeatedFloat(&message, &field, any(), made);
      return;
    }
    case Field::CPPTYPE_DOUBLE:
      more ? reflection.AddDouble(&message, &field, real())
           : reflection.SetRepeatedDouble(&message, &field, any(), real());
      return;
    default:
      return;
  }
}

void MessageMutator::set_single(Message& message, const Field& field, const std::vector<Message*>& all) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_MESSAGE:
      if (const Message* other = other_of_kind(field, all, below(all.size()))) {
        copy_into(*reflection.MutableMessage(&message, &field), *other);
      } else {
        reflection.MutableMessage(&message, &field);
      }
      return;
    case Field::CPPTYPE_STRING:
      reflection.SetString(&message, &field, text(all));
      return;
    case Field::CPPTYPE_INT64:
      reflection.SetInt64(&message, &field, whole());
      return;
    case Field::CPPTYPE_INT32:
      reflection.SetInt32(&message, &field, static_cast<int32_t>(below(2) ? below(28) : static_cast<size_t>(whole())));
      return;
    case Field::CPPTYPE_FLOAT:
      reflection.SetFloat(&message, &field, static_cast<float>(real()));
      return;
    case Field::CPPTYPE_ENUM: {
      const auto* type = field.enum_type();
      reflection.SetEnumValue(&message, &field,
                              type->value(static_cast<int>(below(static_cast<size_t>(type->value_count()))))->number());
      return;
    }
    default:
      return;
  }
}

int64_t MessageMutator::whole() {
  static constexpr std::array<int64_t, 12> kEdges = {0,
                                                     -1,
                                                     std::numeric_limits<int64_t>::min(),
                                                     std::numeric_limits<int64_t>::max(),
                                                     int64_t{1} << 31,
                                                     -(int64_t{1} << 31),
                                                     int64_t{1} << 32,
                                                     int64_t{1} << 40,
                                                     255,
                                                     65536,
                                                     1 << 20,
                                                     -2};
  return below(2) ? static_cast<int64_t>(below(9)) : kEdges[below(kEdges.size())];
}

double MessageMutator::real() {
  static constexpr std::array<double, 7> kEdges = {
      0, -1, 1e-45, 3e38, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(), 0.5};
  return kEdges[below(kEdges.size())];
}

// Names are taken from elsewhere in the message, so that values and nodes are joined anew.
std::string MessageMutator::text(const std::vector<Message*>& all) {
  std::vector<std::string> known = {"", "ai.onnx", "com.microsoft"};
  for (size_t tries = 0; tries < 8; ++tries) {
    const Message& other = *all[below(all.size())];
    std::vector<const Field*> fields;
    other.GetReflection()->ListFields(other, &fields);
    for (const Field* one : fields) {
      if (one->cpp_type() != Field::CPPTYPE_STRING) continue;
      const int count = one->is_repeated() ? other.GetReflection()->FieldSize(other, one) : 0;
      if (!one->is_repeated()) known.push_back(other.GetReflection()->GetString(other, one));
      for (int i = 0; i < count; ++i) known.push_back(other.GetReflection()->GetRepeatedString(other, one, i));
    }
  }
  std::string made = known[below(known.size())];
  if (!made.empty() && below(4) == 0) made[below(made.size())] = static_cast<char>(random_());
  return made;
}

}  // namespace quoin::fuzz
