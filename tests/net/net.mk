# net.mk - the network stack of the reference kernel on the host: its tests, and a fuzz target of its own.
#
# Idea    kernel/net/answer.c and the protocols under it call nothing: they are compiled here as they stand.

NET_SRC  := $(addprefix kernel/net/,answer.c arp.c checksum.c icmp.c ipv4.c udp.c)
NET_TEST := $(O)/host/tests/net/test_answer
NET_FUZZ := $(O)/fuzz/answer
FUZZED   := $(COMMON) -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

.PHONY: test-net
test-net: $(NET_TEST) $(NET_FUZZ) ## the network stack: every answer, every reason not to, and 300,000 odd frames
	$(Q)tests/run.sh $@ $(O)/test $(NET_TEST)
	$(Q)$(call run-fuzz,-runs=300000 -seed=1) || exit 1; \
	echo 'test-net-fuzz: 1 passed, 0 failed'

.PHONY: fuzz
fuzz: $(NET_FUZZ) ## the same, for SECONDS, from where the last run ended
	$(Q)$(call run-fuzz,-max_total_time=$(SECONDS))

# The output is kept, and shown when it found something.
run-fuzz = mkdir -p $(O)/fuzz/corpus; $(NET_FUZZ) -max_len=64 -len_control=0 -print_final_stats=1 \
	-artifact_prefix=$(O)/fuzz/ $(1) $(O)/fuzz/corpus >$(O)/fuzz/log 2>&1 || { cat $(O)/fuzz/log; exit 1; }; \
	grep -E '^(Done|stat::number_of_executed_units)' $(O)/fuzz/log

$(eval $(call kernel-part,net,$(NET_SRC),$(NET_TEST)))

$(NET_FUZZ): tests/net/fuzz_answer.c tests/net/frames.h $(NET_SRC) $(wildcard kernel/net/*.h) | need-fuzz
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(FUZZED) -Ikernel -Itests -o $@ $(filter %.c,$^)
