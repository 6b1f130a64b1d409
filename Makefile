GO ?= go
STATICCHECK = $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
REFERENCE = ../shared/reference

# What libraries copy of passphrases and keys is overwritten; see docs/threat-model.md.
build test bench: export GOEXPERIMENT = runtimesecret

.PHONY: all setup build run test test-usb test-desktop soak-desktop udev lint vuln bench texts screenshots fuzz clean

all: build

setup: ## install what the build needs
	@scripts/setup.sh

build: setup
	$(GO) build -trimpath -tags accessibility -o bin/ ./cmd/...

run: build ## do the main job on the bundled recording, then open the window on it
	@bin/tracedesk demo --open

test: ## set everything up and run all tests
	@scripts/setup.sh test
	@[ -d $(REFERENCE) ] || echo "Note: $(REFERENCE) is not here; what is compared with it is left out."
	$(GO) test ./...

test-usb: ## read the simulated receiver over the kernel's USB, in a virtual machine
	@scripts/test-usb.sh

test-desktop: ## drive the real window by keyboard and mouse on a screen without a monitor
	@scripts/test-desktop.sh

soak-desktop: ## use the real window for an hour on a large store, and look at its memory
	@scripts/soak-desktop.sh

udev: ## let the logged-in user read a receiver; keeps ModemManager off it
	@scripts/udev.sh

lint:
	@scripts/setup.sh
	@files=$$(gofmt -l .); [ -z "$$files" ] || { echo "gofmt: $$files"; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...

vuln: ## look for known vulnerabilities, where the database can be reached
	@GO="$(GO)" scripts/vuln.sh

bench: build ## measure, as a table; docs/benchmarks.md keeps the last one
	@$(GO) run scripts/bench.go

texts: ## write the catalogue of the window's texts anew from the source
	$(GO) test ./ui/say -run TestTheCatalogue -update

screenshots: build ## make the pictures of the README and docs/screens anew
	@scripts/setup.sh test
	$(GO) test ./ui/screens -run TestScreens -update
	$(GO) test ./report -run TestPages -update
	@dir=$$(mktemp -d) && bin/tracedesk demo --out $$dir >/dev/null && pdftoppm -r 72 -f 1 -l 1 -singlefile -png $$dir/printout.pdf docs/screens/printout; rm -rf $$dir

FUZZTIME ?= 10m
fuzz: ## give the file readers any bytes, for a while each
	$(GO) test ./device/export -run '^$$' -fuzz '^FuzzRows$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 5s
	$(GO) test ./device/export -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 5s
	$(GO) test ./device/export -run '^$$' -fuzz '^FuzzClarityRows$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 5s
	$(GO) test ./device/receiver -run '^$$' -fuzz '^FuzzPackets$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 5s
	$(GO) test ./device/receiver -run '^$$' -fuzz '^FuzzPages$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 5s
	$(GO) test ./device/receiver -run '^1086' -fuzz '^FuzzProStream1086' -fuzztime $(FUZZTIME) -fuzzminimizetime 5s
	$(GO) test ./device/receiver -run '^1086' -fuzz '^FuzzTransmitterInfo1086' -fuzztime $(FUZZTIME) -fuzzminimizetime 5s
	$(GO) test ./device/capture -run '^$$' -fuzz '^FuzzReplay$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 5s
	$(GO) test ./storage -run '^$$' -fuzz '^FuzzUnpack$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 5s

clean:
	rm -rf bin demo
