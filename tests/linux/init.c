/*
 * init.c - the only program of the Linux that `make bench-linux` boots: the same services as Labyrinth's kernel.
 *
 * Idea    Ping is answered by Linux itself, in its softirq; UDP port 7 by the loop below, as Linux's users do it. Port
 *         9 takes orders from the peer: H, take all memory and keep taking it; Z, say what was echoed and power off.
 * Needs   Its command line: paths of modules, loaded in order; `symbols`, print where path.py has to look. Other words
 *         are the kernel's own, which gives its init those that it does not know any more.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 20)

static _Noreturn void give_up(const char *what)
{
	printf("init: FAIL: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void load(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0 || syscall(SYS_finit_module, file, "", 0) != 0)
		give_up(path);
	close(file);
}

static void write_text(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	if (file < 0 || write(file, text, strlen(text)) < 0)
		give_up(path);
	close(file);
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names != NULL)
		if (strcmp(name, *names++) == 0)
			return true;
	return false;
}

/* Where an interrupt enters and leaves, and its softirq begins, by names that Linux gives them. */
static void print_symbols(void)
{
	static const char *const wanted[] = { "irq_entries_start", "spurious_entries_start", "native_irq_return_iret",
		                              "handle_softirqs", "__do_softirq", "__schedule", NULL };
	FILE *all = fopen("/proc/kallsyms", "re");
	unsigned long long address;
	char name[256];

	if (all == NULL)
		give_up("/proc/kallsyms");
	while (fscanf(all, "%llx %*c %255s%*[^\n]", &address, name) == 2)
		if (strncmp(name, "asm_", 4) == 0 || is_one_of(name, wanted))
			printf("symbol %llx %s\n", address, name);
	fclose(all);
}

static struct sockaddr_in at(const char *address, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, address, &to.sin_addr);
	return to;
}

static void set(int s, unsigned long what, struct ifreq *request)
{
	if (ioctl(s, what, request) != 0)
		give_up("setting up eth0");
}

/* The peer answers no ARP: its address is entered by hand. */
static void name_peer(int s)
{
	static const uint8_t mac[6] = { 0x52, 0x55, 0, 0, 0, 2 };
	struct sockaddr_in peer = at("10.0.2.2", 0);
	struct arpreq entry = { .arp_flags = ATF_COM | ATF_PERM, .arp_dev = "eth0" };

	memcpy(&entry.arp_pa, &peer, sizeof(peer));
	entry.arp_ha.sa_family = ARPHRD_ETHER;
	memcpy(entry.arp_ha.sa_data, mac, sizeof(mac));
	if (ioctl(s, SIOCSARP, &entry) != 0)
		give_up("the peer's address");
}

static void set_up_card(void)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "eth0" };
	struct sockaddr_in own = at("10.0.2.15", 0), mask = at("255.255.255.0", 0);

	memcpy(&request.ifr_addr, &own, sizeof(own));
	set(s, SIOCSIFADDR, &request);
	memcpy(&request.ifr_netmask, &mask, sizeof(mask));
	set(s, SIOCSIFNETMASK, &request);
	set(s, SIOCGIFFLAGS, &request);
	request.ifr_flags |= IFF_UP;
	set(s, SIOCSIFFLAGS, &request);
	for (int i = 0; i < 300; i++) {
		set(s, SIOCGIFFLAGS, &request);
		if (request.ifr_flags & IFF_RUNNING)
			break;
		usleep(100000);
	}
	if (!(request.ifr_flags & IFF_RUNNING))
		give_up("the link");
	name_peer(s);
	close(s);
}

static int listen_at(uint16_t port)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in own = at("0.0.0.0", port);

	if (s < 0 || bind(s, (struct sockaddr *)&own, sizeof(own)) != 0)
		give_up("a port");
	return s;
}

/* Takes memory until it is killed for that. */
static _Noreturn void eat(void)
{
	write_text("/proc/self/oom_score_adj", "1000");
	for (;;) {
		void *chunk = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (chunk != MAP_FAILED)
			memset(chunk, 0x5a, CHUNK);
	}
}

/* Whenever one was killed, the next. */
static void keep_eating(void)
{
	pid_t parent = fork();

	if (parent != 0)
		return;
	for (;;) {
		pid_t eater = fork();

		if (eater == 0)
			eat();
		if (eater > 0)
			waitpid(eater, NULL, 0);
	}
}

static uint64_t echo_one(int s)
{
	static char data[65536];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t bytes = recvfrom(s, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &size);

	return bytes >= 0 && sendto(s, data, (size_t)bytes, 0, (struct sockaddr *)&from, size) == bytes;
}

static void obey(int s, uint64_t echoed)
{
	char order = 0;

	if (recv(s, &order, 1, MSG_DONTWAIT) != 1)
		return;
	if (order == 'H') {
		keep_eating();
		printf("the hog is here\n");
	} else if (order == 'Z') {
		printf("echoed %llu\nbye\n", (unsigned long long)echoed);
		fflush(stdout);
		reboot(RB_POWER_OFF);
	}
	fflush(stdout);
}

static _Noreturn void serve(void)
{
	struct pollfd s[2] = { { listen_at(7), POLLIN, 0 }, { listen_at(9), POLLIN, 0 } };
	uint64_t echoed = 0;

	printf("receive path: Linux\n");
	fflush(stdout);
	for (;;) {
		poll(s, 2, -1);
		if (s[0].revents)
			echoed += echo_one(s[0].fd);
		if (s[1].revents)
			obey(s[1].fd, echoed);
	}
}

int main(int argc, char **argv)
{
	mkdir("/proc", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL) != 0)
		give_up("/proc");
	write_text("/proc/self/oom_score_adj", "-1000");
	if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
		give_up("mlockall");
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '/')
			load(argv[i]);
		else if (strcmp(argv[i], "symbols") == 0)
			print_symbols();
	}
	set_up_card();
	serve();
}
