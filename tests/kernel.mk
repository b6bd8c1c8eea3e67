# kernel.mk - parts of the kernel that call nothing of the machine, on the host, under ASan and UBSan.
#
# Idea    They are compiled here as they stand. What a part is, and which programs test it, is said where it is used:
#         $(call kernel-part,folder,sources,programs). Each program gets all of the sources.

define kernel-part
$(O)/host/kernel/$(1)/%.c.o: kernel/$(1)/%.c $(O)/host-flags.stamp | need-host
	$$(call say,HOST,$$<)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $$(HOST) -Ikernel -MMD -MP -c -o $$@ $$<

$(O)/host/tests/$(1)/%.c.o: TESTS += -Ikernel
$(3): %: %.c.o $(2:%=$(O)/host/%.o)
	$$(call say,LINK,$$@)
	$$(Q)$$(HOSTCC) $$(HOST) -o $$@ $$(filter %.o,$$^) -lcmocka

.SECONDARY: $(3:=.c.o)

-include $(2:%.c=$(O)/host/%.c.d) $(3:=.c.d)
endef
