# acpi.mk - the readers of the firmware's tables, on the host, under ASan and UBSan.
#
# Idea    They call nothing and see memory through a function that they are given: compiled here as they stand.

ACPI_SRC  := $(addprefix kernel/acpi/,tables.c madt.c platform.c soft_off.c)
ACPI_TEST := $(addprefix $(O)/host/tests/acpi/,test_tables test_mutations test_soft_off)

.PHONY: test-acpi
test-acpi: $(ACPI_TEST) ## ACPI tables, real ones and broken ones, every byte changed and every end cut off
	$(Q)tests/run.sh $@ $(O)/test $(ACPI_TEST)

$(O)/host/kernel/acpi/%.c.o: kernel/acpi/%.c $(O)/host-flags.stamp | need-host
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST) -Ikernel -MMD -MP -c -o $@ $<

$(O)/host/tests/acpi/%.c.o: TESTS += -Ikernel
$(ACPI_TEST): %: %.c.o $(ACPI_SRC:%=$(O)/host/%.o)
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(HOST) -o $@ $(filter %.o,$^) -lcmocka

.SECONDARY: $(ACPI_TEST:=.c.o)

-include $(ACPI_SRC:%.c=$(O)/host/%.c.d) $(ACPI_TEST:=.c.d)
