# view.mk - the terminal that only prints, on the host, under ASan and UBSan.
#
# Idea    kernel/view/screen.c calls nothing but what paints a cell: it is compiled here as it stands.

VIEW_SRC  := kernel/view/screen.c
VIEW_TEST := $(O)/host/tests/view/test_screen

.PHONY: test-view
test-view: $(VIEW_TEST) ## text on a screen: wrapped, scrolled, and printed in the middle of a print
	$(Q)tests/run.sh $@ $(O)/test $(VIEW_TEST)

$(O)/host/kernel/view/%.c.o: kernel/view/%.c $(O)/host-flags.stamp | need-host
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST) -Ikernel -MMD -MP -c -o $@ $<

$(O)/host/tests/view/%.c.o: TESTS += -Ikernel
$(VIEW_TEST): %: %.c.o $(VIEW_SRC:%=$(O)/host/%.o)
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(HOST) -o $@ $(filter %.o,$^) -lcmocka

.SECONDARY: $(VIEW_TEST:=.c.o)

-include $(VIEW_SRC:%.c=$(O)/host/%.c.d) $(VIEW_TEST:=.c.d)
