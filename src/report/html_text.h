// Text in HTML. Names come from model files and are not to be trusted.
#pragma once

#include <string>
#include <string_view>

#include "report/json.h"

namespace quoin {

// For text and for attributes in double quotes; control characters and bytes that are no UTF-8 become U+FFFD.
std::string html_text(std::string_view text);
// JSON for a <script> element: nothing in it can end the element or begin a comment.
std::string script_json(const Json& json);

}  // namespace quoin
