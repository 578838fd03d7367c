#pragma once

#include "report/json_field.h"

namespace quoin {

// That a picture in a run's file has all that the page's script reads, of the right type and within bounds. Throws
// Error(kBadInput) naming the place.
void check_picture(const JsonField& picture);

}  // namespace quoin
