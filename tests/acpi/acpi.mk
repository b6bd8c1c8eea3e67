# acpi.mk - the readers of the firmware's tables, on the host.
#
# Idea    They call nothing and see memory through a function that they are given.

ACPI_SRC  := $(addprefix kernel/acpi/,tables.c madt.c platform.c soft_off.c)
ACPI_TEST := $(addprefix $(O)/host/tests/acpi/,test_tables test_mutations test_soft_off)

.PHONY: test-acpi
test-acpi: $(ACPI_TEST) ## ACPI tables, real ones and broken ones, every byte changed and every end cut off
	$(Q)tests/run.sh $@ $(O)/test $(ACPI_TEST)

$(eval $(call kernel-part,acpi,$(ACPI_SRC),$(ACPI_TEST)))
