#pragma once

#include "report/html_run.h"

namespace quoin {

// The rows as an HTML table with bars of the latency and its spread; "" where there are none.
std::string html_table(const ReportPage& page);
// The environment as an HTML list.
std::string html_environment(const ReportPage& page);

}  // namespace quoin
