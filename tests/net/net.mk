# net.mk - the network stack of the reference kernel on the host: its tests, and a fuzz target of its own.
#
# Idea    kernel/net/answer.c and the protocols under it call nothing: they are compiled here as they stand.

NET_SRC  := $(addprefix kernel/net/,answer.c arp.c checksum.c icmp.c ipv4.c udp.c)
NET_TEST := $(O)/host/tests/net/test_answer
NET_FUZZ := $(O)/fuzz/answer

.PHONY: test-net
test-net: $(NET_TEST) $(NET_FUZZ) ## the network stack: every answer, every reason not to, and 300,000 odd frames
	$(Q)tests/run.sh $@ $(O)/test $(NET_TEST)
	$(Q)$(call run-fuzz,$(NET_FUZZ),answer,-max_len=64 -runs=300000 -seed=1,$(O)/fuzz/corpus) || exit 1; \
	echo 'test-net-fuzz: 1 passed, 0 failed'

$(eval $(call kernel-part,net,$(NET_SRC),$(NET_TEST)))

$(NET_FUZZ): tests/net/fuzz_answer.c tests/net/frames.h $(NET_SRC) $(wildcard kernel/net/*.h) | need-fuzz
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(COMMON) -O1 $(FUZZED) -fsanitize=fuzzer -Ikernel -Itests -o $@ $(filter %.c,$^)
