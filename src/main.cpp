// The program `quoin`.
#include "cli/program.h"

int main(int argc, char** argv) { return quoin::cli::run_program(argc, argv); }
