# sim.mk - a receive path under a hog, in simulated time: how large must a guarantee be?
#
# Idea    The program sees the allocator's public headers only. It has the optimised library, but for the shredder:
#         nobody reads the simulation's frames.
# Writes  $(O)/sim.

SIM     := $(O)/plain/tests/sim/sim
SIM_OBJ := $(patsubst %.c,$(O)/plain/%.c.o,$(wildcard tests/sim/*.c))

.PHONY: sim
sim: $(SIM) | $(AFTER_DEPS) ## packets lost against the size of a guarantee, at 1 to 100 Gb/s: table and plot
	$(Q)mkdir -p $(O)/sim
	$(Q)$(if $(SEED),LABYRINTH_SEED=$(SEED)) $(SIM) $(O)/sim $(if $(QUICK),-q)
	$(Q)if command -v gnuplot >/dev/null; then \
	gnuplot -e "curves='$(O)/sim/curves.tsv'; output='$(O)/sim/loss.svg'" tests/sim/plot.gp; \
	echo '$(O)/sim/curves.tsv, $(O)/sim/sizing.tsv, $(O)/sim/loss.svg' >&2; \
	else echo 'sim: no plot: make deps-bench installs gnuplot' >&2; fi

$(SIM_OBJ): $(O)/plain/%.c.o: %.c $(O)/plain-flags.stamp | need-host
	$(call say,PLAIN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(PLAIN) -Itests -MMD -MP -c -o $@ $<

$(SIM): $(SIM_OBJ) $(O)/plain/tests/interrupt/quick_shred.c.o $(O)/plain/libmm.a
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(PLAIN) -o $@ $^ -lm

-include $(SIM_OBJ:.o=.d)
