/*
 * sample.c - counts numbers.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#include "bench/sample.h"

bool sample_open(struct sample *sample, struct labyrinth *lab)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_ZERO,
	                                                     SAMPLE_ORDER);

	if (grant.page == NULL)
		return false;
	*sample = (struct sample){ labyrinth_page_address(lab, grant.page), grant.page, 0, UINT64_MAX, 0 };
	return true;
}

void sample_close(struct sample *sample, struct labyrinth *lab)
{
	(void)labyrinth_free_pages(lab, sample->page, SAMPLE_ORDER);
}

void sample_add(struct sample *sample, uint64_t value)
{
	sample->counts[value < SAMPLE_MOST ? value : SAMPLE_MOST - 1]++;
	sample->count++;
	if (value < sample->least)
		sample->least = value;
	if (value > sample->worst)
		sample->worst = value;
}

uint64_t sample_quantile(const struct sample *sample, uint32_t per_mille)
{
	uint64_t so_far = 0;

	for (uint64_t value = 0; value < SAMPLE_MOST - 1; value++) {
		so_far += sample->counts[value];
		if (so_far > 0 && so_far * 1000 >= sample->count * per_mille)
			return value;
	}
	return sample->worst;
}
