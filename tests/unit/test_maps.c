/*
 * test_maps.c - real firmware maps, against answers that another program computed.
 *
 * Idea    A folder holds maps and an index.tsv of answers, see tests/maps/README.md. tests/maps always runs; a larger
 *         collection runs when LABYRINTH_MAPS names it or it lies in ../shared/maps.
 * Needs   The top of the tree as current directory; sha256sum from coreutils.
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <unistd.h>

#include "text.h"

enum { NAME = 0, ENTRIES = 2, FRAMES = 4, RANGES = 5, SHA256 = 6, COLUMNS = 7 };

/* A line of the index, cut at its tabs. */
static bool split(char *line, const char *column[COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++) {
		column[i] = line;
		line += strcspn(line, "\t\n");
		if (*line)
			*line++ = '\0';
	}
	return *column[SHA256] != '\0';
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text;
	size_t bytes;

	if (!file)
		fail_msg("cannot open %s", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	bytes = (size_t)ftell(file);
	rewind(file);
	text = text_array(bytes + 1, 1);
	assert_int_equal(fread(text, 1, bytes, file), bytes);
	fclose(file);
	return text;
}

/* The digest of a text, by coreutils: nothing here is a second opinion on SHA-256. */
static void sha256(const char *text, char digest[65])
{
	char path[] = "/tmp/labyrinth-maps-XXXXXX";
	char command[64];
	int fd = mkstemp(path);
	FILE *sum;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	snprintf(command, sizeof(command), "sha256sum %s", path);
	sum = popen(command, "r");
	assert_non_null(sum);
	assert_int_equal(fscanf(sum, "%64[0-9a-f]", digest), 1);
	assert_int_equal(pclose(sum), 0);
	unlink(path);
}

static void compare(const char *path, struct labyrinth_memmap *map, const char *const column[COLUMNS])
{
	size_t expected = strtoull(column[RANGES], NULL, 10);
	struct labyrinth_ranges usable = ranges_empty(expected); /* exactly enough */
	struct labyrinth_ranges fewer = ranges_empty(expected > 0 ? expected - 1 : 0);
	enum labyrinth_status status = labyrinth_memmap_usable(map, 64, &usable);
	char *text = ranges_text(&usable, "%llx %llx\n");
	char digest[65];

	sha256(text, digest);
	if (status != LABYRINTH_OK || usable.count != expected || strcmp(digest, column[SHA256]) != 0)
		fail_msg("%s: %s, %zu ranges instead of %zu:\n%s", path, labyrinth_status_name(status), usable.count,
		         expected, text);
	assert_int_equal(labyrinth_ranges_frames(&usable), strtoull(column[FRAMES], NULL, 10));
	assert_true(labyrinth_ranges_valid(&usable));
	assert_int_equal(labyrinth_memmap_usable(map, 64, &fewer), LABYRINTH_TOO_MANY_ENTRIES);
	assert_int_equal(fewer.count, 0);
	free(text);
	free(usable.at);
	free(fewer.at);
}

static void check_map(const char *folder, const char *const column[COLUMNS])
{
	char path[512];
	char *text;
	struct labyrinth_memmap map;

	snprintf(path, sizeof(path), "%s/%s.map", folder, column[NAME]);
	text = read_file(path);
	map = memmap_parse(text);
	if (map.count != strtoull(column[ENTRIES], NULL, 10))
		fail_msg("%s: %zu entries instead of %s", path, map.count, column[ENTRIES]);
	compare(path, &map, column);
	free(text);
	free(map.at);
}

static size_t maps_in(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		count += length > 4 && strcmp(entry->d_name + length - 4, ".map") == 0;
	}
	closedir(dir);
	return count;
}

static void check_folder(const char *folder)
{
	char path[512], line[4096];
	const char *column[COLUMNS];
	size_t checked = 0;
	FILE *index;

	snprintf(path, sizeof(path), "%s/index.tsv", folder);
	index = fopen(path, "r");
	if (!index)
		fail_msg("cannot open %s", path);
	assert_non_null(fgets(line, sizeof(line), index)); /* names of columns */
	for (; fgets(line, sizeof(line), index); checked++) {
		assert_true(split(line, column));
		check_map(folder, column);
	}
	fclose(index);
	printf("%s: %zu maps\n", folder, checked);
	assert_true(checked > 0);
	assert_int_equal(checked, maps_in(folder));
}

static void ours(void **state)
{
	(void)state;
	check_folder("tests/maps");
}

static void the_larger_collection(void **state)
{
	const char *named = getenv("LABYRINTH_MAPS");
	const char *folder = named ? named : "../shared/maps";

	(void)state;
	if (!named && access(folder, R_OK) != 0) {
		printf("%s is not here: skipped\n", folder);
		skip();
	}
	check_folder(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours),
		cmocka_unit_test(the_larger_collection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
