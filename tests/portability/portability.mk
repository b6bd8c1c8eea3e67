# portability.mk - mm/ for other processors: compiled as their kernels would by GCC and Clang, its tests run on some.
#
# Idea    A processor is a few words below: its GCC, the flags of a kernel without floating point, what runs its
#         programs. The tests are those of `make test`, with mm/ compiled by the same flags where a C library has the
#         same calling convention. No sanitizer libraries; undefined behaviour traps.
# Writes  $(O)/portability.

PROCESSORS := x86_64 i386 aarch64 riscv64
FOREIGN    := i386 aarch64 riscv64# those whose tests are run

# ---- What can be set, e.g. GCC_i386="gcc -m32". An empty RUN_ means that this machine runs such programs itself.
GCC_x86_64  ?= gcc
GCC_i386    ?= i686-linux-gnu-gcc
GCC_aarch64 ?= aarch64-linux-gnu-gcc
GCC_riscv64 ?= riscv64-linux-gnu-gcc
NM_x86_64   ?= nm
NM_i386     ?= nm
NM_aarch64  ?= aarch64-linux-gnu-nm
NM_riscv64  ?= riscv64-linux-gnu-nm
RUN_i386    ?=
RUN_aarch64 ?= qemu-aarch64
RUN_riscv64 ?= qemu-riscv64

# ---- A kernel's flags. AArch64's GCC would call libgcc for atomics if not told; -Wno-psabi: an ABI note about GCC 10.
FLAGS_x86_64    := -mgeneral-regs-only -mno-red-zone
FLAGS_i386      := -march=i586 -mgeneral-regs-only -Wno-psabi
FLAGS_aarch64   := -mgeneral-regs-only
FLAGS_riscv64   := -march=rv64imac -mabi=lp64 -mcmodel=medany
GCC_ONLY_aarch64 := -mno-outline-atomics

PORTABLE      := $(COMMON) -O2 -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables
COMPILE_gcc    = $(GCC_$(1)) $(FLAGS_$(1)) $(GCC_ONLY_$(1))
COMPILE_clang  = clang --target=$(1)-none-elf $(FLAGS_$(1))

# RISC-V's C library passes floating point in registers, so the tests cannot be linked with a kernel's mm/ there.
TESTED         = $(GCC_$(1)) $(if $(filter riscv64,$(1)),,$(FLAGS_$(1))) $(GCC_ONLY_$(1))
TRAPS         := -fsanitize=undefined -fsanitize-undefined-trap-on-error
# The tests, not mm/, count with size_t what the dice roll with 64 bits.
SHIM          := -Itests/portability $(TESTS) $(HOOKS) -Wno-conversion -Wno-psabi

need-portability:      NEEDS = clang $(foreach p,$(PROCESSORS),$(firstword $(GCC_$(p))) $(NM_$(p)))
need-test-portability: NEEDS = $(foreach p,$(FOREIGN),$(firstword $(GCC_$(p))) $(RUN_$(p)))
need-portability need-test-portability: DEPS = deps-portability

$(eval $(call on-change,portability-flags,$(foreach p,$(PROCESSORS),$(call COMPILE_gcc,$(p)) $(call \
	COMPILE_clang,$(p)) $(call TESTED,$(p))) $(PORTABLE) $(TRAPS) $(SHIM)))
$(eval $(call on-change,portability-link,$(MM_SRC) $(PORT_SRC)))

# $(call compiled,COMPILER,PROCESSOR): mm/ as a kernel has it, and the check of what it needs.
define compiled
$(O)/portability/$(2)-$(1)/%.c.o: %.c $(O)/portability-flags.stamp | need-portability
	$$(call say,$(2)-$(1),$$<)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$(call COMPILE_$(1),$(2)) $$(PORTABLE) -ffreestanding -MMD -MP -c -o $$@ $$<

.PHONY: portability-$(2)-$(1)
portability-$(2)-$(1): $(MM_SRC:%=$(O)/portability/$(2)-$(1)/%.o) .ci/symbols.awk
	$$(Q)said=$$$$($$(NM_$(2)) $$(filter %.o,$$^) | awk -f .ci/symbols.awk); status=$$$$?; \
	echo "$(2), $(1): $$$$said"; exit $$$$status
endef

# $(call tested,PROCESSOR): the unit and model tests, for that processor.
define tested
$(O)/portability/$(1)/mm/%.c.o: mm/%.c $(O)/portability-flags.stamp | need-test-portability
	$$(call say,$(1),$$<)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$(call TESTED,$(1)) $$(PORTABLE) $$(HOOKS) $$(TRAPS) -MMD -MP -c -o $$@ $$<

$(O)/portability/$(1)/tests/%.c.o: tests/%.c $(O)/portability-flags.stamp | need-test-portability
	$$(call say,$(1),$$<)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(GCC_$(1)) $$(PORTABLE) $$(TRAPS) $$(SHIM) -MMD -MP -c -o $$@ $$<

$(O)/portability/$(1)/libmm.a: $(PORT_SRC:%=$(O)/portability/$(1)/%.o) $(MM_SRC:%=$(O)/portability/$(1)/%.o) \
		$(O)/portability-link.stamp

$(patsubst %.c,$(O)/portability/$(1)/%,$(wildcard tests/unit/test_*.c)): $(call beside,unit,$(1))
$(patsubst %.c,$(O)/portability/$(1)/%,$(wildcard tests/model/test_*.c)): $(call beside,model,$(1))
$(TESTED_$(1)): %: %.c.o $(O)/portability/$(1)/libmm.a
	$$(call say,$(1),$$@)
	$$(Q)$$(GCC_$(1)) -static -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^)

.SECONDARY: $(TESTED_$(1):=.c.o)
.PHONY: test-portability-$(1)
test-portability-$(1): $(TESTED_$(1))
	$$(Q)RUNNER='$$(RUN_$(1))' $$(if $$(SEED),LABYRINTH_SEED=$$(SEED)) tests/run.sh $$@ $(O)/portability/$(1)/log $$^
endef

# As in the Makefile: what lies beside the programs of a suite is linked to them.
beside    = $(patsubst %,$(O)/portability/$(2)/%.o,$(filter-out tests/$(1)/test_%,$(wildcard tests/$(1)/*.c)))
TEST_SRC := $(wildcard tests/unit/test_*.c tests/model/test_*.c)
$(foreach p,$(FOREIGN),$(eval TESTED_$(p) := $(TEST_SRC:%.c=$(O)/portability/$(p)/%)))
PAIRS    := $(foreach p,$(PROCESSORS),$(p)-gcc $(p)-clang)

$(foreach p,$(PROCESSORS),$(foreach c,gcc clang,$(eval $(call compiled,$(c),$(p)))))
$(foreach p,$(FOREIGN),$(eval $(call tested,$(p))))

# As a kernel under a debugger is compiled: nothing may rely on being inlined.
.PHONY: portability-unoptimised
portability-unoptimised: | need-portability
	$(Q)for file in $(MM_SRC); do \
	$(call COMPILE_gcc,x86_64) $(PORTABLE) -O0 -ffreestanding -c -o /dev/null $$file || exit 1; \
	$(call COMPILE_clang,x86_64) $(PORTABLE) -O0 -ffreestanding -c -o /dev/null $$file || exit 1; \
	done; echo 'x86_64, GCC and Clang: compiles without optimisation, too'

.PHONY: portability
portability: $(PAIRS:%=portability-%) portability-unoptimised ## compile mm/ for x86-64, i386, AArch64 and RISC-V 64, by GCC and by Clang
	@echo 'portability: $(words $(PAIRS) unoptimised) passed, 0 failed'

.PHONY: test-portability
test-portability: $(FOREIGN:%=test-portability-%) ## unit and model tests on i386, and in qemu-user on the other two

.PHONY: deps-portability
deps-portability: ## install what these two need: cross compilers, qemu-user
	$(Q)tools/deps.sh portability

-include $(wildcard $(O)/portability/*/*/*.d $(O)/portability/*/*/*/*.d)
