# linux.mk - Labyrinth's kernel beside Debian's Linux: the same emulator, card and peer.

COUNT ?= 5000#        bench-linux: packets of each kind, in each run

.PHONY: bench-linux
bench-linux: $(ELF) | need-image need-qemu need-peer ## packets a second, instructions a packet, beside Debian's Linux
	$(Q)tests/linux/bench.sh $(O) $(COUNT)

.PHONY: readme-linux
readme-linux: | need-image ## put into README.md what bench-linux prints today
	$(Q)$(MAKE) -s --no-print-directory bench-linux >$(O)/readme-linux.txt
	$(Q)tools/readme.sh README.md run= bench= bench-linux=$(O)/readme-linux.txt

.PHONY: deps-linux
deps-linux: ## install what bench-linux needs
	$(Q)tools/deps.sh linux
