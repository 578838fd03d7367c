#pragma once

namespace quoin {

// The most memory that this process has had resident so far, in MiB; 0 where the system does not say.
double peak_memory_mib();

}  // namespace quoin
