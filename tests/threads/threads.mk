# threads.mk - the thread tests, each built twice: under ThreadSanitizer (tsan/), and optimised, with signals (signals/).
#
# Idea    Under ThreadSanitizer the compiler calls the port at every basic block of mm/: tests/threads/port.h.

TSAN      := $(COMMON) -O1 -fsanitize=thread -DINTERRUPTS_POLLED=1 -pthread
SIGNALS   := $(COMMON) -O2 -DNDEBUG -pthread
TSAN_OBJ  := $(MM_SRC:%=$(O)/tsan/%.o)
SIGNALS_OBJ := $(MM_SRC:%=$(O)/signals/%.o)
RACERS    := $(call programs,threads,tsan)
SIGNALLED := $(call programs,threads,signals)

$(eval $(call on-change,tsan-flags,$(HOSTCC) $(TSAN) $(TESTS)))
$(eval $(call on-change,tsan-link,$(TSAN_OBJ)))
$(eval $(call on-change,signals-flags,$(HOSTCC) $(SIGNALS) $(TESTS)))
$(eval $(call on-change,signals-link,$(SIGNALS_OBJ)))

.PHONY: test-threads
test-threads: $(RACERS) $(SIGNALLED) ## 2 to 8 threads under ThreadSanitizer, and with signals as interrupts
	$(Q)$(if $(SEED),LABYRINTH_SEED=$(SEED)) tests/run.sh $@ $(O)/test/tsan $(RACERS); tsan=$$?; \
	$(if $(SEED),LABYRINTH_SEED=$(SEED)) tests/run.sh $@-signals $(O)/test/signals $(SIGNALLED) && [ $$tsan -eq 0 ]

$(O)/tsan/%.c.o: %.c $(O)/tsan-flags.stamp | need-tsan
	$(call say,TSAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(TSAN) $(if $(filter tests/%,$<),$(TESTS),-fsanitize-coverage=trace-pc) -MMD -MP -c -o $@ $<

$(O)/signals/%.c.o: %.c $(O)/signals-flags.stamp | need-host
	$(call say,SIGS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(SIGNALS) $(if $(filter tests/%,$<),$(TESTS)) -MMD -MP -c -o $@ $<

$(O)/tsan/libmm.a: $(TSAN_OBJ) $(O)/tsan-link.stamp
$(O)/signals/libmm.a: $(SIGNALS_OBJ) $(O)/signals-link.stamp

$(RACERS): $(call support,threads,tsan)
$(RACERS): $(O)/tsan/%: $(O)/tsan/%.c.o $(O)/tsan/libmm.a
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(TSAN) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka

$(SIGNALLED): $(call support,threads,signals)
$(SIGNALLED): $(O)/signals/%: $(O)/signals/%.c.o $(O)/signals/libmm.a
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(SIGNALS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka

.SECONDARY: $(RACERS:=.c.o) $(SIGNALLED:=.c.o)

-include $(patsubst %.o,%.d,$(TSAN_OBJ) $(SIGNALS_OBJ) $(RACERS:=.c.o) $(SIGNALLED:=.c.o) \
	$(call support,threads,tsan) $(call support,threads,signals))
