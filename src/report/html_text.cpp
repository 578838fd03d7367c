#include "report/html_text.h"

namespace quoin {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// The JSON writer knows what is UTF-8 and what is not.
std::string clean(std::string_view text) {
  const std::string written = Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(written).get<std::string>();
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string made;
  for (const char c : clean(text)) {
    switch (c) {
      case '<':
        made += "&lt;";
        break;
      case '>':
        made += "&gt;";
        break;
      case '&':
        made += "&amp;";
        break;
      case '"':
        made += "&quot;";
        break;
      case '\'':
        made += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
        if (control) {
          made += kReplacement;
        } else {
          made += c;
        }
      }
    }
  }
  return made;
}

std::string script_json(const Json& json) {
  std::string made;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      made += "\\u003c";  // outside of strings JSON has none of these three
    } else if (c == '>') {
      made += "\\u003e";
    } else if (c == '&') {
      made += "\\u0026";
    } else {
      made += c;
    }
  }
  return made;
}

}  // namespace quoin
