# Makefile - builds the kernel, its boot image and the host tests.
#
# Idea    The same mm/*.c is compiled three times: for the kernel, for tests under sanitizers (host/), and for tests and
#         benchmarks of the optimised code as it is (plain/).
# Writes  $(O) and compile_commands.json, nothing else.
# Needs   GNU make 4 and awk. `make deps` installs the rest.

ifeq ($(filter output-sync,$(.FEATURES)),)
$(error This Makefile needs GNU make 4 or later; on macOS: brew install make, then gmake)
endif
MAKEFLAGS += --no-builtin-rules -j$(JOBS)
# What tests print is kept together; what a person watches is not held back.
ifneq ($(filter test test-% portability warnings,$(MAKECMDGOALS)),)
MAKEFLAGS += -Otarget
endif
.DELETE_ON_ERROR:
.DEFAULT_GOAL := iso

# ---- What can be set on the command line; `make help` lists these lines.
LLVM    ?=#           1: clang and ld.lld instead of GCC and GNU ld, for the kernel and for the tests
O       ?= $(if $(LLVM),build-llvm,build)#  where everything that is built goes
JOBS    ?= $(shell nproc 2>/dev/null || echo 1)#  how many things at once
V       ?=#           1: show whole commands
CMDLINE ?=#           words for the kernel, run and run-*: e.g. CMDLINE="rate=1000 burst=4"; README.md lists them
MEM     ?= 256M#      memory of the machine, run and run-*
NIC     ?=#           run, run-uefi: sim, the demonstration; e1000e, e1000: answers instead; else in a terminal both
PORT    ?= 7007#      of this machine: what comes there by UDP goes to the kernel's echo port, if it answers
ACCEL   ?= tcg#       QEMU's accelerator, run, run-* and test-boot: tcg or kvm
SEED    ?=#           replay the random tests with the seed that they printed
ROWS    ?=#           test-boot: only the rows with these names
SECONDS ?= 60#        fuzz: how long
QUICK   ?=#           1: bench in half a minute, sim in ten seconds: does it work?
DEV     ?=#           flash: the USB stick, e.g. DEV=/dev/sdb
FONT    ?= /usr/share/consolefonts/Unifont-APL8x16.psf.gz# the framebuffer's font, a gzipped PSF

# ---- Tools.
CROSS_COMPILE ?= $(if $(shell command -v x86_64-elf-gcc),x86_64-elf-)
ifeq ($(LLVM),)
  CC     := $(CROSS_COMPILE)gcc
  LD     := $(CROSS_COMPILE)ld
  STRIP  := $(CROSS_COMPILE)strip
  TARGET := -m64
  HOSTCC ?= gcc
else
  CC     := clang
  LD     := ld.lld
  STRIP  := strip
  TARGET := --target=x86_64-elf
  HOSTCC ?= clang
endif
AR := ar
NM := nm

# ---- Flags.
WARNINGS   := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Werror
COMMON     := -std=c11 -g $(WARNINGS) -ffile-prefix-map=$(CURDIR)=. -Iinclude
KERNEL     := $(TARGET) $(COMMON) -Ikernel -DLABYRINTH_PORT_INLINE=\"inline_port.h\" -O2 -ffreestanding -mno-red-zone -mgeneral-regs-only -fno-pie -mcmodel=kernel \
              -fno-stack-protector -fno-asynchronous-unwind-tables
CANARY     := -fstack-protector-strong -mstack-protector-guard=global# kernel/ only: mm/ needs nothing but its port
KERNEL_ASM := $(TARGET) -g -Iinclude -Ikernel -Wa,-I$(O) -Wa,--noexecstack
KERNEL_LD  := -m elf_x86_64 -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none --fatal-warnings
HOOKS      := -Itests -DLABYRINTH_PORT_INLINE=\"port/inline_port.h\"# the host's port, inlined
HOST       := $(COMMON) $(HOOKS) -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
PLAIN      := $(COMMON) $(HOOKS) -O2 -DNDEBUG -ftls-model=local-exec
TESTS      := -Imm -Itests# a unit test sees the inside of the file that it tests

# ---- Files: found, not listed.
MM_SRC     := $(wildcard mm/*.c mm/firmware/*.c)
KERNEL_SRC := $(wildcard kernel/*.c kernel/*/*.c)
ASM_SRC    := $(wildcard boot/*.S kernel/*/*.S)
PORT_SRC   := $(wildcard tests/port/*.c)
ISO_FILES  := $(shell find iso -type f)

MM_OBJ     := $(MM_SRC:%=$(O)/obj/%.o)
KERNEL_OBJ := $(MM_OBJ) $(KERNEL_SRC:%=$(O)/obj/%.o) $(ASM_SRC:%=$(O)/obj/%.o)
HOST_OBJ   := $(MM_SRC:%=$(O)/host/%.o) $(PORT_SRC:%=$(O)/host/%.o)
PLAIN_OBJ  := $(MM_SRC:%=$(O)/plain/%.o) $(PORT_SRC:%=$(O)/plain/%.o)

# A test_X.c is a program. What else lies beside it is linked to it, before libmm.a: so it may replace a file of mm/.
programs    = $(patsubst %.c,$(O)/$(2)/%,$(wildcard tests/$(1)/test_*.c))
support     = $(patsubst %,$(O)/$(2)/%.o,$(filter-out tests/$(1)/test_%,$(wildcard tests/$(1)/*.c)))
UNIT       := $(call programs,unit,host)
MODEL      := $(call programs,model,host)
INTERRUPT  := $(call programs,interrupt,plain)
EXHAUSTIVE := $(filter-out %/test_small,$(call programs,exhaustive,plain))
SMALL      := $(O)/host/tests/exhaustive/test_small
BENCHES    := $(patsubst %.c,$(O)/plain/%,$(wildcard tests/bench/*.c))
BOUNDS     := $(O)/plain/tests/bounds/bounds
PROGRAMS   := $(UNIT) $(MODEL) $(INTERRUPT) $(EXHAUSTIVE) $(SMALL) $(BENCHES) $(BOUNDS)

ELF        := $(O)/labyrinth.elf
ISO        := $(O)/labyrinth.iso
RUN_ISO    := $(O)/run.iso

# The order in which frames flow. A file in mm/ may include mm/ headers of its own name and of those before it.
LAYERS := types bits atomic instance range online later memmap from_multiboot2 port status word page offline bad \
          contents window shred trace ranks buddy sums large lock rooms choose zone particular populate shelf front \
          magazine flush quarantine stack reserve vault inject alloc move mover hooks reclaim wait watermark policy \
          put shortage debug fence empty compact at_hand shared_slow shared_block shared shared_bulk movable span exact search \
          contiguous pace watch kept owner hide isolate supply grant claim hold lend release transfer retire \
          maintain withdraw join inspect linux reach blocks lines leaks dump dump_owners config plan init audit \
          audit_blocks audit_zones audit_owners check

# ---- How things are said and checked.
ifeq ($(V),)
  Q   := @
  say  = @printf '  %-5s %s\n' '$(1)' '$(2)'
endif

# With `make deps run`, nothing may look for a tool before deps has installed it, with -j either.
AFTER_DEPS := $(filter deps deps-portability deps-bench deps-matrix deps-linux,$(MAKECMDGOALS))
# need-X: fails, naming what is missing. Never a file, always order-only, so that nothing is rebuilt because of it.
need-kernel: NEEDS = $(CC) $(LD) gzip $(FONT)
need-image:  NEEDS = grub-mkrescue xorriso mformat $(STRIP) /usr/lib/grub/i386-pc /usr/lib/grub/x86_64-efi
need-qemu:   NEEDS = qemu-system-x86_64 timeout
need-peer:   NEEDS = python3
need-uefi:   NEEDS = ovmf
need-bochs:  NEEDS = bochs script
need-bochs:  DEPS = deps-matrix
need-host:   NEEDS = $(HOSTCC) $(AR) sanitizers cmocka.h
need-tsan:   NEEDS = $(HOSTCC) $(AR) tsan cmocka.h
need-nm:     NEEDS = $(NM)
need-format: NEEDS = clang-format
need-both:   NEEDS = gcc ld clang ld.lld
need-fuzz:   NEEDS = clang fuzzer python3
need-%: | $(AFTER_DEPS)
	@HOSTCC='$(HOSTCC)' DEPS='$(DEPS)' tools/need.sh $(NEEDS)

# $(call on-change,NAME,TEXT): a file that gets a new date only when TEXT is a new one.
define on-change
$(O)/$(1).stamp: FORCE
	@mkdir -p $$(@D); printf '%s\n' '$(2)' | cmp -s - $$@ || printf '%s\n' '$(2)' >$$@
endef
$(eval $(call on-change,kernel-flags,$(CC) $(KERNEL) $(CANARY) $(KERNEL_ASM)))
$(eval $(call on-change,kernel-link,$(LD) $(KERNEL_LD) $(KERNEL_OBJ)))
$(eval $(call on-change,host-flags,$(HOSTCC) $(HOST) $(TESTS)))
$(eval $(call on-change,host-link,$(HOST_OBJ)))
$(eval $(call on-change,plain-flags,$(HOSTCC) $(PLAIN) $(TESTS)))
$(eval $(call on-change,plain-link,$(PLAIN_OBJ)))

# Through the environment: what a user types is for tools/iso.sh to judge, not for the shell.
export CMDLINE
$(O)/cmdline.stamp: FORCE
	@mkdir -p $(@D); printf '%s\n' "$(NIC_WORDS) $$CMDLINE" | cmp -s - $@ || printf '%s\n' "$(NIC_WORDS) $$CMDLINE" >$@

.PHONY: FORCE
FORCE:

##@ The kernel and its image

.PHONY: kernel
kernel: $(ELF) ## the kernel, an ELF file

$(ELF): $(KERNEL_OBJ) linker.ld $(O)/kernel-link.stamp
	$(call say,LD,$@)
	$(Q)$(LD) $(KERNEL_LD) -T linker.ld -o $@ $(KERNEL_OBJ)

$(O)/obj/mm/%.c.o: mm/%.c $(O)/kernel-flags.stamp | need-kernel
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL) -MMD -MP -c -o $@ $<

$(O)/obj/kernel/%.c.o: kernel/%.c $(O)/kernel-flags.stamp | need-kernel
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL) $(CANARY) -MMD -MP -c -o $@ $<

$(O)/obj/%.S.o: %.S $(O)/font.psf $(O)/kernel-flags.stamp | need-kernel
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_ASM) -MMD -MP -c -o $@ $<

$(O)/font.psf: | need-kernel
	$(call say,FONT,$@)
	$(Q)mkdir -p $(@D)
	$(Q)gzip -dc $(FONT) >$@

.PHONY: iso
iso: $(ISO) ## the boot image, for BIOS and UEFI, for a CD or a USB stick (default)
	@echo '$(ISO) is ready; make run boots it in QEMU, make flash DEV=/dev/sdX puts it on a USB stick'

$(ISO): $(ELF) $(ISO_FILES) tools/iso.sh | need-image
	$(call say,ISO,$@)
	$(Q)STRIP=$(STRIP) tools/iso.sh $(ELF) $@

$(RUN_ISO): $(ELF) $(ISO_FILES) tools/iso.sh $(O)/cmdline.stamp | need-image
	$(call say,ISO,$@)
	$(Q)set -f; STRIP=$(STRIP) tools/iso.sh $(ELF) $@ exit $(NIC_WORDS) $$CMDLINE

##@ Running it

# For a person the kernel goes on after its verdict, and answers until it is stopped: tools/run.sh.
ifeq ($(filter-out sim,$(NIC)),)
  NIC_WORDS := $(if $(NIC),nic=sim,answer=e1000e host-port=$(PORT))
else ifneq ($(filter e1000e e1000,$(NIC)),)
  NIC_WORDS := nic=$(NIC) host-port=$(PORT)
else
  $(error NIC=$(NIC): known are sim, e1000e and e1000)
endif

run-in-qemu = $(Q)ACCEL='$(ACCEL)' PORT='$(PORT)' tools/run.sh $(O) '$(NIC)' $(MEM) $(1) $(RUN_ISO)

.PHONY: run
run: $(RUN_ISO) | need-qemu ## boot it in QEMU, from BIOS; prints on this terminal; then answers, see README.md
	$(call run-in-qemu,bios)

.PHONY: run-uefi
run-uefi: $(RUN_ISO) | need-qemu need-uefi ## the same from UEFI
	$(call run-in-qemu,uefi)

.PHONY: run-screen
run-screen: $(ISO) | need-qemu ## boot the image in a QEMU window (without a display: in this terminal), menu and all
	$(Q)ACCEL=$(ACCEL) tools/qemu.sh -m $(MEM) -f bios -w $(ISO)

##@ Tests

.PHONY: test
test: layers style symbols example test-unit test-model test-interrupt test-exhaustive test-threads test-fuzz test-net test-acpi test-view test-flash test-run test-boot ## all of them

.PHONY: test-unit
test-unit: $(UNIT) ## every file of mm/ by itself, under ASan and UBSan
	$(Q)$(if $(SEED),LABYRINTH_SEED=$(SEED)) tests/run.sh $@ $(O)/test $(UNIT)

.PHONY: test-model
test-model: $(MODEL) ## long random sequences against a naive model
	$(Q)$(if $(SEED),LABYRINTH_SEED=$(SEED)) tests/run.sh $@ $(O)/test $(MODEL)

.PHONY: test-interrupt
test-interrupt: $(INTERRUPT) ## an interrupt after every single instruction of an allocator call
	$(Q)tests/run.sh $@ $(O)/test $(INTERRUPT)

.PHONY: test-exhaustive
test-exhaustive: $(EXHAUSTIVE) $(SMALL) ## every call in every state of small arenas
	$(Q)tests/run.sh $@ $(O)/test $(EXHAUSTIVE) $(SMALL)
	$(Q)grep -h ' frames, ' $(patsubst %,$(O)/test/%.log,$(notdir $(EXHAUSTIVE) $(SMALL)))

.PHONY: test-exhaustive-long
test-exhaustive-long: export LABYRINTH_LONG := 1
test-exhaustive-long: export LIMIT := 7200
test-exhaustive-long: test-exhaustive ## the same, with arenas that take minutes

.PHONY: test-boot
test-boot: $(ELF) $(ISO) | need-image need-qemu need-uefi need-peer ## boot the kernel in QEMU, from BIOS and UEFI
	$(Q)ACCEL=$(ACCEL) STRIP=$(STRIP) JOBS=$(JOBS) tests/boot/boot.sh $(O) $(ROWS)

.PHONY: test-run
test-run: $(ELF) $(ISO) | need-image need-qemu need-peer ## make run as a person sees it: on a terminal, asked by UDP, ended by Ctrl-C
	$(Q)python3 tests/boot/run.py $(O)/$@ '$(MAKE)' $(MAKEOVERRIDES)

.PHONY: test-matrix
test-matrix: $(ELF) $(ISO) | need-image need-qemu need-uefi need-bochs ## boot it on 40 machines, in QEMU and Bochs: ten minutes
	$(Q)ACCEL=$(ACCEL) STRIP=$(STRIP) tests/boot/matrix.sh $(O) $(ROWS)

.PHONY: stress-long
stress-long: $(ELF) $(ISO) | need-image need-qemu ## ten minutes of everything at once on four CPUs, two on eight
	$(Q)LIMIT=2400 SUITE=stress TABLE=tests/boot/stress-rows ACCEL=$(ACCEL) STRIP=$(STRIP) tests/boot/boot.sh $(O) $(ROWS)

.PHONY: test-packets-long
test-packets-long: $(ELF) $(ISO) | need-image need-qemu need-peer ## more than a million packets with each real card, every byte checked
	$(Q)STRIP=$(STRIP) SUITE=packets TABLE=tests/boot/packets LIMIT=3600 tests/boot/boot.sh $(O) $(ROWS)

.PHONY: test-flash
test-flash: ## tools/flash.sh on a loop device, with what it must refuse
	$(Q)tests/flash/flash.sh $(O)

include tests/bench/bench.mk
include tests/threads/threads.mk
include tests/sim/sim.mk
include tests/kernel.mk
include tests/net/net.mk
include tests/fuzz/fuzz.mk
include tests/acpi/acpi.mk
include tests/view/view.mk
include tests/linux/linux.mk

.PHONY: bench
bench: $(BENCHES) $(PEERS) ## benchmarks on the host, beside other allocators; goals, met or not
	$(Q)$(if $(BENCHES),,echo 'bench: tests/bench/ holds no program' >&2; exit 1;) \
	for program in $(BENCHES); do $$program || exit 1; done
	$(Q)tests/bench/bench.sh $(O)/bench $(QUICK)

.PHONY: bench-boot
bench-boot: $(ELF) | need-image need-qemu ## instructions of calls in the booted kernel, of the boot too: ten minutes
	$(Q)STRIP=$(STRIP) CALLS=$(if $(QUICK),2000,1000000) tests/bench/boot.sh $(O)

.PHONY: bounds
bounds: $(BOUNDS) ## the most instructions that each call was seen to take, and with interrupts off
	$(Q)$(BOUNDS)

$(O)/host/%.c.o: %.c $(O)/host-flags.stamp | need-host
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST) $(if $(filter tests/%,$<),$(TESTS)) -MMD -MP -c -o $@ $<

$(O)/plain/%.c.o: %.c $(O)/plain-flags.stamp | need-host
	$(call say,PLAIN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(PLAIN) $(if $(filter tests/%,$<),$(TESTS)) -MMD -MP -c -o $@ $<

$(O)/host/libmm.a: $(HOST_OBJ) $(O)/host-link.stamp
$(O)/plain/libmm.a: $(PLAIN_OBJ) $(O)/plain-link.stamp
%/libmm.a:
	$(Q)rm -f $@; $(AR) rcs $@ $(filter %.o,$^)

$(UNIT): $(call support,unit,host)
$(MODEL): $(call support,model,host)
$(INTERRUPT): $(call support,interrupt,plain)
$(EXHAUSTIVE): $(call support,exhaustive,plain) $(O)/plain/tests/interrupt/quick_shred.c.o
$(SMALL): $(call support,exhaustive,host) $(O)/host/tests/interrupt/quick_shred.c.o
$(UNIT) $(MODEL) $(SMALL): $(O)/host/%: $(O)/host/%.c.o $(O)/host/libmm.a
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(HOST) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka

$(INTERRUPT) $(EXHAUSTIVE) $(BENCHES) $(BOUNDS): $(O)/plain/%: $(O)/plain/%.c.o $(O)/plain/libmm.a
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(PLAIN) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka

.SECONDARY: $(PROGRAMS:=.c.o)

##@ Checks

.PHONY: layers
layers: ## fail if an include points downstream, or kernel/ looks into mm/
	$(Q)awk -v order='$(LAYERS)' -f .ci/layers.awk \
		$(wildcard include/labyrinth/*.h mm/*.[ch] mm/firmware/*.[ch] boot/*.[hS] kernel/*.[ch] kernel/*/*.[chS])

.PHONY: style
style: ## tabs, 120 columns, a head comment in every C file; every word that the kernel knows in README.md
	$(Q)awk -f .ci/style.awk $(wildcard include/labyrinth/*.h mm/*.[ch] mm/firmware/*.[ch] kernel/*.[ch] \
		kernel/*/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch])
	$(Q)awk -f .ci/words.awk README.md $(KERNEL_SRC)

.PHONY: symbols
symbols: $(MM_OBJ) | need-nm ## fail if mm/ needs more than its port, or has globals of its own
	$(Q)$(NM) $(MM_OBJ) | awk -v hooks='port_booted' -f .ci/symbols.awk

.PHONY: example
example: | need-host ## compile the C in README.md and docs/porting.md
	$(Q)mkdir -p $(O); for page in README docs/porting; do object=$(O)/example-$${page#docs/}; \
	awk '/^```c$$/ { on = 1; next } /^```$$/ { on = 0 } on' $$page.md >$$object.c && [ -s $$object.c ] && \
	$(HOSTCC) $(COMMON) -DLABYRINTH_SINGLE_CPU_NO_INTERRUPTS -ffreestanding -c -o $$object.o $$object.c || exit 1; \
	done; echo 'example: 2 pages, what they show compiles'

.PHONY: warnings
warnings: | need-both ## compile mm/ and kernel/ with GCC and with Clang, warnings being errors
	$(Q)$(MAKE) --no-print-directory LLVM= O=$(O)/gcc objects
	$(Q)$(MAKE) --no-print-directory LLVM=1 O=$(O)/clang objects

.PHONY: objects
objects: $(KERNEL_OBJ)

.PHONY: format
format: | need-format ## clang-format on the lines that differ from the last commit
	$(Q)tools/format.sh

compile_commands.json: Makefile FORCE ## what clangd and clang-tidy read
	$(call say,JSON,$@)
	$(Q){ $(foreach f,$(MM_SRC),echo '$f|$(CC) $(KERNEL)';) \
	      $(foreach f,$(KERNEL_SRC),echo '$f|$(CC) $(KERNEL)';) \
	      $(foreach f,$(wildcard tests/*/*.c),echo '$f|$(HOSTCC) $(HOST) $(TESTS)';) } | \
	awk -F '|' -v dir='$(CURDIR)' 'BEGIN { printf "[" } END { print "\n]" } \
	{ gsub(/["\\]/, "\\\\&"); printf "%s\n{\"directory\":\"%s\",\"file\":\"%s\",\"command\":\"%s -c %s\"}", \
	  (NR > 1 ? "," : ""), dir, $$1, $$2, $$1 }' >$@

##@ Other processors

include tests/portability/portability.mk

##@ Everything else

.PHONY: deps
deps: ## install what is missing (Debian, Ubuntu); elsewhere print the package names
	$(Q)tools/deps.sh

.PHONY: deps-bench
deps-bench: ## the same for what bench compares with, and for plots
	$(Q)tools/deps.sh bench

.PHONY: deps-matrix
deps-matrix: ## the same for test-matrix: Bochs, and what deps installs
	$(Q)tools/deps.sh matrix

.PHONY: flash
flash: $(ISO) ## write the image to a USB stick: DEV=/dev/sdX; asks first, verifies after
	$(Q)tools/flash.sh $(ISO) '$(DEV)'

.PHONY: readme
readme: $(BENCHES) | need-qemu ## put into README.md what run and bench print today
	$(Q)$(MAKE) --no-print-directory CMDLINE= $(RUN_ISO)
	$(Q)$(MAKE) -s --no-print-directory CMDLINE= run >$(O)/readme-run.txt
	$(Q)$(MAKE) -s --no-print-directory bench >$(O)/readme-all.txt
	$(Q)awk '/^bring-up, median/ { on = 1 } on || goals; /16384 GiB/ { on = 0 } /^goal/ && !goals { goals = 1; print }' \
		$(O)/readme-all.txt | grep -v '$(O)/' >$(O)/readme-bench.txt
	$(Q)tools/readme.sh README.md run=$(O)/readme-run.txt bench=$(O)/readme-bench.txt bench-linux=

.PHONY: real-time
real-time: $(BOUNDS) ## put into docs/real-time.md what bounds prints today
	$(Q)$(BOUNDS) >$(O)/real-time.txt
	$(Q)tools/readme.sh docs/real-time.md bounds=$(O)/real-time.txt bench-boot=

.PHONY: real-time-boot
real-time-boot: $(ELF) ## put into docs/real-time.md what bench-boot prints today
	$(Q)$(MAKE) -s --no-print-directory bench-boot >$(O)/bench-boot.txt
	$(Q)tools/readme.sh docs/real-time.md bounds= bench-boot=$(O)/bench-boot.txt

.PHONY: clean
clean: ## remove what was built
	$(Q)rm -rf $(O) compile_commands.json

.PHONY: help
help: ## show this list
	@echo 'make [target...] [VARIABLE=value...]'
	@awk -F '## ' '/^##@ /      { printf "\n%s\n", substr($$0, 5) } \
	/^[a-z_.-]+:.*## /          { sub(/:.*/, "", $$1); printf "  %-22s %s\n", $$1, $$2 } \
	/^include /                 { while ((getline line < substr($$0, 9)) > 0) if (line ~ /^[a-z-]+:.*## /) { \
	                              split(line, part, /:.*## /); printf "  %-22s %s\n", part[1], part[2] } } \
	END                         { print "\nVariables" }' $(firstword $(MAKEFILE_LIST))
	@awk '/^[A-Z]+ *\?=.*#/     { name = $$1; value = $$0; sub(/[^=]*= */, "", value); sub(/ *#.*/, "", value); \
	sub(/.*# */, ""); printf "  %-8s %s%s\n", name, $$0, value == "" || value ~ /\$$/ ? "" : " (" value ")" }' \
	$(firstword $(MAKEFILE_LIST))

-include $(patsubst %.o,%.d,$(KERNEL_OBJ) $(HOST_OBJ) $(PLAIN_OBJ) $(PROGRAMS:=.c.o) $(call support,unit,host) \
	$(call support,model,host) $(call support,interrupt,plain) $(call support,exhaustive,plain) \
	$(call support,exhaustive,host) $(O)/host/tests/interrupt/quick_shred.c.o)
