# view.mk - the terminal that only prints, on the host.
#
# Idea    kernel/view/screen.c calls nothing but what paints a cell.

VIEW_TEST := $(O)/host/tests/view/test_screen

.PHONY: test-view
test-view: $(VIEW_TEST) ## text on a screen: wrapped, scrolled, and printed in the middle of a print
	$(Q)tests/run.sh $@ $(O)/test $(VIEW_TEST)

$(eval $(call kernel-part,view,kernel/view/screen.c,$(VIEW_TEST)))
