// The files beside this one, as text in the program.
#pragma once

#include <string_view>

namespace quoin::html {

std::string_view page_html();
std::string_view page_css();
std::string_view dom_js();
std::string_view layout_js();
std::string_view routes_js();
std::string_view picture_js();
std::string_view boxes_js();
std::string_view graph_js();
std::string_view panel_js();
std::string_view charts_js();
std::string_view page_js();

}  // namespace quoin::html
