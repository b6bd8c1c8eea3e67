# bench.mk - a program for each peer of tests/bench/peers/, with the flags of the library's own optimised build.
#
# Idea    Whether a peer's library is there is asked when its program is made, so that `make deps-bench bench` works.
#         Where it is not, no program is made, and bench.sh says so.
# Writes  $(O)/bench.

PEERS := $(patsubst tests/bench/peers/%.c,$(O)/bench/peers/%,$(wildcard tests/bench/peers/*.c))

# ---- Peers of other projects: is it there, flags (its headers are not held to our warnings), libraries.
HAVE_dpdk     = pkg-config --exists libdpdk
# The library's thread-local variables are not in the program: what mm/ is compiled with would not reach them.
FLAGS_dpdk    = $$(pkg-config --cflags libdpdk | sed 's/-I/-isystem /g') -ftls-model=initial-exec
LIBS_dpdk     = $$(pkg-config --libs libdpdk)
HAVE_mimalloc = echo '\#include <mimalloc.h>' | $(HOSTCC) -x c -E - >/dev/null 2>&1
LIBS_mimalloc = -lmimalloc
# Ours without the check: mm/ once more, so of the library nothing but the port is linked.
FLAGS_unchecked = -DLABYRINTH_UNCHECKED $(MM_SRC)
$(O)/bench/peers/unchecked: $(MM_SRC) $(wildcard mm/*.h)

$(PEERS): $(O)/bench/peers/%: tests/bench/peers/%.c tests/bench/bench.mk $(O)/plain/libmm.a $(O)/plain-flags.stamp | \
          need-host $(AFTER_DEPS)
	$(call say,PEER,$@)
	$(Q)mkdir -p $(@D); rm -f $@
	$(Q)if $(or $(HAVE_$*),true); then \
	$(HOSTCC) $(PLAIN) -Itests -D_GNU_SOURCE $(FLAGS_$*) -MMD -MP -MF $@.d -MT $@ -o $@ $< $(O)/plain/libmm.a \
	$(LIBS_$*) -pthread; fi

-include $(PEERS:=.d)
