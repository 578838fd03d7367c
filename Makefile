# The two commands: `make demo` and `make test`. Both set everything up first (tools/setup) and are quick the second time.
cmake  := .deps/venv/bin/cmake
quoin  := build/release/quoin
jobs   := $(shell nproc)
data   := examples/data

.PHONY: demo test net faults fuzz tsan build configure setup lint format clean
MINUTES ?= 1
SEED    ?= 1

demo: configure
	@$(cmake) --build --preset release -j $(jobs) --target quoin
	@for model in resnet20_cifar10 convnext_cifar10; do \
	  echo; echo "== quoin compare $(data)/$$model.onnx"; \
	  $(quoin) compare $(data)/$$model.onnx --target onnxruntime-cpu \
	    --calib '$(data)/cifar10.toml#calibration' --data '$(data)/cifar10.toml#test' || exit 1; \
	done

# All tests twice: as users run it, and in a debug build with AddressSanitizer and UndefinedBehaviorSanitizer.
test: build
	@$(cmake) --preset asan-ubsan >build/asan-ubsan.log || { cat build/asan-ubsan.log; exit 1; }
	@$(cmake) --build --preset asan-ubsan -j $(jobs)
	@tools/run_tests build/release build/asan-ubsan

# Random graphs through transform and quantize, with oracles that need no label; what fails is kept in build/net as text.
net: build
	@.deps/venv/bin/python tests/net/self_test.py
	@.deps/venv/bin/python tests/net/run.py --minutes $(MINUTES) --seed $(SEED) --quoin $(quoin) --keep build/net

# Every system call by which a run writes made to fail, and its processes killed there: nothing may be lost or left.
faults: build
	@.deps/venv/bin/python tests/faults/faults.py $(quoin)

# The fuzz harnesses, MINUTES each, two at a time on two cores; what they find is in build/fuzz/found.
fuzz:
	@tools/setup --fuzz
	@mkdir -p build
	@$(cmake) --preset fuzz >build/fuzz.log || { cat build/fuzz.log; exit 1; }
	@$(cmake) --build --preset fuzz -j $(jobs) --target fuzz
	@.deps/venv/bin/python tools/fuzz build/fuzz --minutes $(MINUTES)

# ThreadSanitizer over the parts that enter no runtime.
tsan_parts := base graph pattern target calibrate
tsan: setup
	@mkdir -p build
	@$(cmake) --preset tsan >build/tsan.log || { cat build/tsan.log; exit 1; }
	@$(cmake) --build --preset tsan -j $(jobs) $(foreach part,$(tsan_parts),--target test_$(part))
	@tools/run_tests build/tsan

build: configure
	@$(cmake) --build --preset release -j $(jobs)

configure: setup
	@mkdir -p build
	@$(cmake) --preset release >build/release.log || { cat build/release.log; exit 1; }

setup:
	@tools/setup

# clang-format over our own sources, clang-tidy over those of the library and the command.
lint:
	@tools/setup --lint
	@git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run -Werror
	@$(cmake) --preset tidy >/dev/null && $(cmake) --build --preset tidy --target quoin -j $(jobs)

format:
	@git ls-files '*.h' '*.cpp' | xargs clang-format -i

clean:
	rm -rf build
