/*
 * A bad radio link for many boxes at once. Two TUN devices are made: behind the first is the server, behind the second all
 * boxes, each with an address of its own, 10.77.x.y with x >= 1. Every box has its own two links, up and down, each with its
 * delay, jitter, loss, rate and queue. Real TCP runs over it, with its own repeats and timeouts, unlike over a proxy.
 *
 *   link SERVER_DEVICE BOXES_DEVICE LINKS SEED
 *
 * It says "ready" when both devices exist. Commands, one a line, on stdin; its end ends the program and with it the devices:
 *
 *   set I up|down DELAY_US JITTER_US LOSS_PPM BURST_PPM BURST_PACKETS RATE_BPS QUEUE_MS     (RATE_BPS 0 = unbounded)
 *   dark I MS          nothing passes for so long, either way; I = -1 is every box
 *   stat I             answers "stat I UP_BYTES DOWN_BYTES UP_PACKETS DOWN_PACKETS UP_LOST DOWN_LOST", bytes of IP that were sent
 *                      into the link, also those that it then lost: a SIM is charged for them
 *
 * Jitter does not change the order of packets, as a radio bearer does not. In a burst seven of ten packets are lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define MAX_LINKS 4096
#define MAX_PACKET 2048
/* All packets on their way, over all links: 64 MB at most. */
#define MAX_HELD 32768
#define HOSTS_PER_NET 250
#define BURST_LOSS 0.7

enum way { UP, DOWN };

struct lane {
  uint32_t delay_us, jitter_us, loss_ppm, burst_ppm, burst_packets, queue_ms;
  uint64_t rate_bps;
  int in_burst;
  int64_t line_free_us, last_due_us;
  uint64_t bytes, packets, lost;
};
struct held {
  int64_t due_us;
  uint64_t order;
  int to, length, index;
  unsigned char bytes[MAX_PACKET];
};

static struct lane lanes[MAX_LINKS][2];
static int64_t dark_until_us[MAX_LINKS];
static struct held *heap[MAX_HELD];
static struct held *spare[MAX_HELD];
static int held_count, spare_count, links;
static uint64_t order_next, chance;

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* xorshift64*: uniform in [0, 1) */
static double drawn(void) {
  chance ^= chance >> 12;
  chance ^= chance << 25;
  chance ^= chance >> 27;
  return (double)((chance * 2685821657736338717ULL) >> 11) / 9007199254740992.0;
}

static int before(const struct held *a, const struct held *b) {
  return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void push(struct held *packet) {
  int at = held_count++;
  while (at > 0 && before(packet, heap[(at - 1) / 2])) {
    heap[at] = heap[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  heap[at] = packet;
}

static struct held *pop(void) {
  struct held *first = heap[0], *last = heap[--held_count];
  int at = 0;
  for (;;) {
    int child = 2 * at + 1;
    if (child >= held_count) break;
    if (child + 1 < held_count && before(heap[child + 1], heap[child])) child++;
    if (!before(heap[child], last)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return first;
}

static int open_tun(const char *name) {
  struct ifreq request;
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (fd < 0) {
    perror("/dev/net/tun");
    exit(1);
  }
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) < 0) {
    perror(name);
    exit(1);
  }
  return fd;
}

/* The box of a packet: its source on the way up, its destination on the way down; -1 when it is nobody's. */
static int box_of(const unsigned char *packet, int length, enum way way) {
  const unsigned char *address = packet + (way == UP ? 12 : 16);
  int index;
  if (length < 20 || packet[0] >> 4 != 4 || address[0] != 10 || address[1] != 77 || address[2] < 1 || address[3] < 1) return -1;
  index = (address[2] - 1) * HOSTS_PER_NET + address[3] - 1;
  return address[3] <= HOSTS_PER_NET && index < links ? index : -1;
}

static int is_lost(struct lane *lane) {
  if (lane->in_burst) {
    if (drawn() * lane->burst_packets < 1) lane->in_burst = 0;
  } else if (drawn() * 1e6 < lane->burst_ppm) {
    lane->in_burst = 1;
  }
  if (lane->in_burst && drawn() < BURST_LOSS) return 1;
  return drawn() * 1e6 < lane->loss_ppm;
}

/* Puts a packet on its way, or loses it. */
static void take(struct held *packet, enum way way) {
  struct lane *lane = &lanes[packet->index][way];
  int64_t now = now_us();
  lane->bytes += packet->length;
  lane->packets++;
  if (lane->line_free_us < now) lane->line_free_us = now;
  if (now < dark_until_us[packet->index] || is_lost(lane) || held_count >= MAX_HELD - 1 ||
      (lane->rate_bps > 0 && lane->line_free_us - now > (int64_t)lane->queue_ms * 1000)) {
    lane->lost++;
    spare[spare_count++] = packet;
    return;
  }
  if (lane->rate_bps > 0) lane->line_free_us += (int64_t)packet->length * 8000000 / (int64_t)lane->rate_bps;
  packet->due_us = lane->line_free_us + lane->delay_us + (int64_t)(drawn() * lane->jitter_us);
  if (packet->due_us < lane->last_due_us) packet->due_us = lane->last_due_us;
  lane->last_due_us = packet->due_us;
  packet->order = order_next++;
  push(packet);
}

static void drain(int from, int to, enum way way) {
  for (;;) {
    struct held *packet = spare_count > 0 ? spare[--spare_count] : malloc(sizeof *packet);
    if (!packet) exit(1);
    packet->length = read(from, packet->bytes, MAX_PACKET);
    packet->index = packet->length > 0 ? box_of(packet->bytes, packet->length, way) : -1;
    packet->to = to;
    if (packet->index < 0) {
      int over = packet->length <= 0;
      spare[spare_count++] = packet;
      if (over) return;
      continue;
    }
    take(packet, way);
  }
}

static void deliver(void) {
  int64_t now = now_us();
  while (held_count > 0 && heap[0]->due_us <= now) {
    struct held *packet = pop();
    /* what was on its way when the link went dark does not arrive */
    if (now >= dark_until_us[packet->index] && write(packet->to, packet->bytes, packet->length) < 0 && errno != EIO && errno != ENOBUFS) perror("write");
    spare[spare_count++] = packet;
  }
}

static void obey(char *line) {
  int index;
  long ms;
  char way[8];
  struct lane got;
  memset(&got, 0, sizeof got);
  if (sscanf(line, "set %d %7s %u %u %u %u %u %lu %u", &index, way, &got.delay_us, &got.jitter_us, &got.loss_ppm, &got.burst_ppm, &got.burst_packets, &got.rate_bps, &got.queue_ms) == 9 && index >= 0 && index < links) {
    struct lane *lane = &lanes[index][strcmp(way, "up") == 0 ? UP : DOWN];
    lane->delay_us = got.delay_us, lane->jitter_us = got.jitter_us, lane->loss_ppm = got.loss_ppm;
    lane->burst_ppm = got.burst_ppm, lane->burst_packets = got.burst_packets;
    lane->rate_bps = got.rate_bps, lane->queue_ms = got.queue_ms;
  } else if (sscanf(line, "dark %d %ld", &index, &ms) == 2 && index < links) {
    int64_t until = now_us() + ms * 1000;
    for (int i = index < 0 ? 0 : index; i < (index < 0 ? links : index + 1); i++) dark_until_us[i] = until;
  } else if (sscanf(line, "stat %d", &index) == 1 && index >= 0 && index < links) {
    struct lane *up = &lanes[index][UP], *down = &lanes[index][DOWN];
    printf("stat %d %lu %lu %lu %lu %lu %lu\n", index, up->bytes, down->bytes, up->packets, down->packets, up->lost, down->lost);
    fflush(stdout);
  } else {
    fprintf(stderr, "not understood: %s\n", line);
  }
}

/* Lines may come in pieces. False at the end of stdin. */
static int listen_to_stdin(void) {
  static char text[65536];
  static int length;
  char *end;
  int got = read(0, text + length, sizeof text - 1 - length);
  if (got <= 0) return got < 0 && (errno == EINTR || errno == EAGAIN);
  length += got;
  text[length] = 0;
  while ((end = strchr(text, '\n'))) {
    *end = 0;
    obey(text);
    length -= end + 1 - text;
    memmove(text, end + 1, length + 1);
  }
  if (length == sizeof text - 1) length = 0;
  return 1;
}

int main(int argc, char **argv) {
  struct pollfd watched[3];
  int server, boxes;
  if (argc != 5 || (links = atoi(argv[3])) < 1 || links > MAX_LINKS) {
    fprintf(stderr, "usage: link SERVER_DEVICE BOXES_DEVICE LINKS SEED\n");
    return 2;
  }
  chance = strtoull(argv[4], NULL, 10) * 2 + 1;
  for (int i = 0; i < 20; i++) drawn();
  server = open_tun(argv[1]);
  boxes = open_tun(argv[2]);
  printf("ready\n");
  fflush(stdout);
  watched[0] = (struct pollfd){ .fd = boxes, .events = POLLIN };
  watched[1] = (struct pollfd){ .fd = server, .events = POLLIN };
  watched[2] = (struct pollfd){ .fd = 0, .events = POLLIN };
  for (;;) {
    struct timespec wait = { .tv_sec = 1 };
    if (held_count > 0) {
      int64_t left = heap[0]->due_us - now_us();
      if (left < 0) left = 0;
      if (left < 1000000) wait = (struct timespec){ .tv_nsec = left * 1000 };
    }
    if (ppoll(watched, 3, &wait, NULL) < 0 && errno != EINTR) return 1;
    if (watched[0].revents) drain(boxes, server, UP);
    if (watched[1].revents) drain(server, boxes, DOWN);
    deliver();
    if (watched[2].revents && !listen_to_stdin()) return 0;
  }
}
