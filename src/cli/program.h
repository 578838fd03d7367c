// The program `quoin`: finds the verb, runs it, and turns errors into messages and exit codes.
#pragma once

namespace quoin::cli {

// Gives its exit code.
int run_command(int argc, char** argv);

// The same in a child that is watched (watched.h): what main() returns, unless the process ends here.
int run_program(int argc, char** argv);

}  // namespace quoin::cli
