# swift-chinese-clip
#
#   make demo        set up, build, and match Chinese sentences to the pictures in Demo/
#   make test        set up, build and run every test           (PEERS=0: without Python peers)
#   make test-slow   the same with the slow tests (full-size models, large random samples)
#   make test-stores test libraries in PostgreSQL and Milvus        (STORES='milvus milvus-lite', KILLS=20)
#   make test-page   test the web page in Chromium, and the server with other programs' clients
#   make soak        the server under load, faults and a grammar fuzzer        (SOAK='--minutes 30');
#                    then commands killed and without power   (INTERRUPTIONS='--kills 1000 --cuts 40')
#   make fuzz        libFuzzer over all that reads hostile bytes  (MINUTES=2 TARGET='jpeg tiff')
#   make reproduce   train and compare what a method is about, on emoji     (METHOD=emoji|filip|wukong
#                    CNCLIP_DATA=folder of emoji-cn)
#   make embedded-model  fetch the parts of the model that comes with the package and train it
#                    (CNCLIP_DATA=folder of test sets, SEEDS=3, INSTALL=1)
#   make build       set up and build the command: .build/release/cnclip
#   make serve       index Demo/pictures and open the search page on port 8080
#   make test-client build a package that depends on this one, as the README tells it
#   make build-times what a cold build costs, module by module
#   make bench       measure the command beside its peers    (BENCH='--threads 1 …': run.py's options)
#   make lint        check format, documentation comments and scripts
#   make format      format the Swift sources in place
#   make docs        build the documentation into .docs/
#   make install     install the command under PREFIX            (default /usr/local)
#   make uninstall   remove what 'make install' put there
#
#   make packages    the system libraries that are missing (apt)
#   make libtorch    LibTorch into .libtorch                      (LIBTORCH=/path: use that one)
#   make peers       the Python packages that tests compare with, into .venv
#   make clean       remove what was built (.libtorch and .venv stay)
#   make distclean   remove those too
#
# Everything installs what it needs, and does nothing where it is there already.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help packages libtorch peers build test test-slow test-stores test-page soak fuzz test-client build-times lint format docs bench demo serve \
  reproduce embedded-model install uninstall clean distclean

PREFIX ?= /usr/local
METHOD ?= emoji
MINUTES ?= 1
PEERS ?= 1

# Libraries, command and tests are built in one configuration with the same flags, so that all
# share one build. 'swift test' would add -enable-testing and compile everything again: therefore
# it runs what 'swift build --build-tests' made, and no test uses @testable.
SWIFT_BUILD := swift build -c release

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

packages:
	@Scripts/install-packages.sh
	@Scripts/check-tools.sh

libtorch: packages
	@Scripts/install-libtorch.sh

ifeq ($(PEERS),0)
peers: ;
else
peers: packages
	@Scripts/install-peers.sh
endif

build: packages libtorch
	$(SWIFT_BUILD) --product cnclip

test: packages libtorch peers
	$(SWIFT_BUILD) --build-tests
	@Scripts/run-tests.sh
ifneq ($(PEERS),0)
	@Scripts/compare-with-peers.sh
endif

test-slow: export CNCLIP_SLOW = 1
test-slow: test

test-stores: packages libtorch
	$(SWIFT_BUILD) --build-tests
	@Scripts/test-stores.sh $(STORES)

test-page: build
	@Scripts/page-tests/run.sh

test-client: libtorch
	@Scripts/test-client.sh

build-times: packages libtorch
	@Scripts/build-times.py

soak: build
	@Scripts/soak.sh $(SOAK)
	@Scripts/soak/interruptions.py $(INTERRUPTIONS)

fuzz: packages libtorch
	@Scripts/fuzz.sh $(MINUTES) $(TARGET)

lint:
	@Scripts/lint.sh

format:
	@Scripts/lint.sh --fix

docs: packages libtorch
	@Scripts/build-docs.sh

bench: build peers
	@Scripts/bench.sh
	@Scripts/bench-peers.sh $(BENCH)

reproduce: build
	python3 Scripts/reproduce.py $(METHOD)

embedded-model: build peers
	@Scripts/embedded-model/make.sh

demo: build
	@Scripts/demo.sh

serve: build
	.build/release/cnclip index Demo/pictures --library .demo/library --quiet
	.build/release/cnclip serve --library .demo/library

install: build
	@Scripts/install.sh "$(PREFIX)"

uninstall:
	@Scripts/install.sh --remove "$(PREFIX)"

clean:
	rm -rf .build .build-docs .docs .demo

distclean: clean
	rm -rf .libtorch .libtorch.partial .venv .venv-stores
