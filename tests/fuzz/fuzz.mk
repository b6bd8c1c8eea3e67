# fuzz.mk - mm/ as a whole for libFuzzer: bytes become a machine and calls; and how fuzz targets are run.
#
# Idea    Coverage is asked of mm/ only, and not of the audit, which would take most of the time and always goes the
#         same way.

MM_FUZZ   := $(O)/fuzz/machine
FUZZ_OBJ  := $(patsubst %.c,$(O)/fuzz/%.o,$(MM_SRC) tests/port/host.c $(wildcard tests/fuzz/*.c))
FUZZED    := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_HOST := $(COMMON) $(HOOKS) -O1 -fno-omit-frame-pointer $(FUZZED)
COVERED   := -fsanitize-coverage=inline-8bit-counters,pc-table,trace-pc
AUDIT_OBJ := $(filter $(O)/fuzz/mm/audit% %/check.o,$(FUZZ_OBJ))

$(eval $(call on-change,fuzz-flags,$(FUZZ_HOST) $(COVERED)))
$(eval $(call on-change,fuzz-link,$(FUZZ_OBJ)))

.PHONY: test-fuzz
test-fuzz: $(MM_FUZZ) ## a few thousand machines made of random bytes, and calls in every context on each
	$(Q)rm -rf $(O)/test/fuzz; mkdir -p $(O)/test/fuzz; python3 tests/fuzz/seeds.py 200 1024 $(O)/test/fuzz
	$(Q)$(call run-fuzz,$(MM_FUZZ),machine,-max_len=1024 -runs=1500 -seed=1,$(O)/test/fuzz) || exit 1; \
	echo 'test-fuzz: 1 passed, 0 failed'

.PHONY: fuzz
fuzz: $(MM_FUZZ) $(NET_FUZZ) ## mm/ and the network stack, each for SECONDS, from where the last run ended
	$(Q)$(call run-fuzz,$(MM_FUZZ),machine,-max_len=2048 -max_total_time=$(SECONDS),$(O)/fuzz/corpus-machine)
	$(Q)$(call run-fuzz,$(NET_FUZZ),answer,-max_len=64 -max_total_time=$(SECONDS),$(O)/fuzz/corpus)

# $(call run-fuzz,program,name,options,corpus). The output is kept, and shown when it found something.
run-fuzz = mkdir -p $(4); $(1) -len_control=0 -print_final_stats=1 -timeout=60 -artifact_prefix=$(O)/fuzz/$(2)- $(3) \
	$(4) >$(O)/fuzz/$(2).log 2>&1 || { cat $(O)/fuzz/$(2).log; exit 1; }; \
	grep -E '^(Done|stat::number_of_executed_units)' $(O)/fuzz/$(2).log

$(AUDIT_OBJ): COVERED :=
$(O)/fuzz/%.o: %.c $(O)/fuzz-flags.stamp | need-fuzz
	$(call say,FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(FUZZ_HOST) $(if $(filter mm/%,$<),$(COVERED)) -MMD -MP -c -o $@ $<

$(MM_FUZZ): $(FUZZ_OBJ) $(O)/fuzz-link.stamp
	$(call say,LINK,$@)
	$(Q)clang $(FUZZ_HOST) -fsanitize=fuzzer -Wl,--wrap=__sanitizer_cov_trace_pc -o $@ $(FUZZ_OBJ)

-include $(FUZZ_OBJ:.o=.d)
