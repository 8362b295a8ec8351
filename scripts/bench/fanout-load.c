/*
 * A made-up fleet for `npm run bench -- fanout`: N connections in one thread (epoll), over plain TCP or TLS, that subscribe to one
 * stream (MQTT 3.1.1) or listen to one mount (HTTP, Ogg), and measure when each packet comes. A packet begins with the instant for which
 * it was scheduled: 8 bytes, big-endian, ns of CLOCK_MONOTONIC, which all processes of a machine share.
 *
 *   fanout-load mqtt|http PORT N IN_FLIGHT TOPIC_OR_PATH [tls]
 *
 * Says {"ready":…} on stdout when all have joined. Then on stdin: `reset` forgets what was counted, `report` tells it; its end is the end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/ssl.h>
#endif

enum { DIALLING, SHAKING, GREETING, JOINING, JOINED };
/* the longest packet of a stream, its header, and what came with it */
enum { ROOM = 16384, MAX_SAMPLES = 8000000 };

struct line {
  int fd, state, number;
  size_t have;
  void *tls;
  uint8_t *in;
};

static struct line *lines;
static int epoll, total, opened, joined, in_flight, failed, http, with_tls;
static const char *target;
static struct sockaddr_in server;
static uint32_t *samples;
static size_t sampled;
static uint64_t began;
#ifdef WITH_TLS
static SSL_CTX *context;
#endif

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void watch(struct line *line, uint32_t events, int how) {
  struct epoll_event event = {.events = events, .data.ptr = line};
  epoll_ctl(epoll, how, line->fd, &event);
}

static void dial(void) {
  struct line *line = &lines[opened];
  line->number = opened++;
  line->state = DIALLING;
  line->in = malloc(ROOM);
  line->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int one = 1;
  setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(line->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) failed++;
  watch(line, EPOLLOUT, EPOLL_CTL_ADD);
}

static void put(struct line *line, const uint8_t *bytes, int length) {
  int sent;
#ifdef WITH_TLS
  if (line->tls) sent = SSL_write(line->tls, bytes, length);
  else
#endif
    sent = (int)send(line->fd, bytes, (size_t)length, MSG_NOSIGNAL);
  if (sent != length) failed++;
}

static int text(uint8_t *to, const char *value) {
  int length = (int)strlen(value);
  to[0] = (uint8_t)(length >> 8);
  to[1] = (uint8_t)length;
  memcpy(to + 2, value, (size_t)length);
  return length + 2;
}

/* Remaining lengths below 128 only, which these are. */
static void greet(struct line *line) {
  uint8_t out[512];
  line->state = GREETING;
  if (http) {
    int length = snprintf((char *)out, sizeof out, "GET %s HTTP/1.0\r\nHost: localhost\r\nUser-Agent: bench\r\n\r\n", target);
    put(line, out, length);
    return;
  }
  char cluster[32], client[40], password[80];
  snprintf(cluster, sizeof cluster, "%010d", line->number);
  snprintf(client, sizeof client, "%s.aud", cluster);
  snprintf(password, sizeof password, "password-of-%s-long-enough", cluster);
  int at = 2 + text(out + 2, "MQTT");
  const uint8_t head[] = {4, 0xc2, 0, 120};
  memcpy(out + at, head, sizeof head);
  at += (int)sizeof head;
  at += text(out + at, client);
  at += text(out + at, cluster);
  at += text(out + at, password);
  out[0] = 0x10;
  out[1] = (uint8_t)(at - 2);
  put(line, out, at);
}

static void join_stream(struct line *line) {
  uint8_t out[256] = {0x82, 0, 0, 1};
  int at = 4 + text(out + 4, target);
  out[at++] = 0;
  out[1] = (uint8_t)(at - 2);
  line->state = JOINING;
  put(line, out, at);
}

static void has_joined(struct line *line) {
  line->state = JOINED;
  if (++joined == total) {
    printf("{\"ready\":true,\"connectS\":%.3f,\"failed\":%d}\n", (double)(now_ns() - began) / 1e9, failed);
    fflush(stdout);
  } else if (opened < total) dial();
}

static void take(const uint8_t *payload, size_t length) {
  uint64_t at = 0;
  if (length < 8 || sampled >= MAX_SAMPLES) return;
  for (int i = 0; i < 8; i++) at = at << 8 | payload[i];
  uint64_t now = now_ns();
  samples[sampled++] = now > at ? (uint32_t)((now - at) / 1000) : 0;
}

/* The length of the whole MQTT packet at `in`, 0 when more has to come. */
static size_t mqtt_packet(struct line *line, const uint8_t *in, size_t have) {
  size_t left = 0, at = 1;
  for (int shift = 0;; shift += 7) {
    if (at >= have) return 0;
    left |= (size_t)(in[at] & 127) << shift;
    if (!(in[at++] & 128)) break;
  }
  if (have < at + left) return 0;
  int type = in[0] >> 4;
  if (type == 2 && left == 2 && in[at + 1] == 0) join_stream(line);
  else if (type == 9) has_joined(line);
  else if (type == 3) {
    size_t name = 2 + ((size_t)in[at] << 8 | in[at + 1]);
    take(in + at + name, left - name);
  }
  return at + left;
}

/* The same for the header of the answer, or an Ogg page. The first two pages tell of the codec and are no packets. */
static size_t http_part(struct line *line, const uint8_t *in, size_t have) {
  if (line->state != JOINED) {
    const uint8_t *end = memmem(in, have, "\r\n\r\n", 4);
    if (!end) return 0;
    if (!memmem(in, (size_t)(end - in), " 200 ", 5)) failed++;
    has_joined(line);
    return (size_t)(end - in) + 4;
  }
  if (have < 27 || have < 27u + in[26]) return 0;
  size_t body = 0, head = 27u + in[26];
  for (int i = 0; i < in[26]; i++) body += in[27 + i];
  if (have < head + body) return 0;
  if (body >= 8 && memcmp(in + head, "Opus", 4) != 0) take(in + head, body);
  return head + body;
}

static int get(struct line *line, uint8_t *into, size_t room) {
#ifdef WITH_TLS
  if (line->tls) return SSL_read(line->tls, into, (int)room);
#endif
  return (int)recv(line->fd, into, room, 0);
}

static void readable(struct line *line) {
  for (;;) {
    int got = get(line, line->in + line->have, ROOM - line->have);
    if (got <= 0) {
      if (got == 0 && !line->tls) {
        failed++;
        epoll_ctl(epoll, EPOLL_CTL_DEL, line->fd, NULL);
      }
      return;
    }
    line->have += (size_t)got;
    size_t at = 0, step = 1;
    while (at < line->have && step > 0) {
      step = http ? http_part(line, line->in + at, line->have - at) : mqtt_packet(line, line->in + at, line->have - at);
      at += step;
    }
    memmove(line->in, line->in + at, line->have - at);
    line->have -= at;
    /* a short read has emptied a plain socket; TLS may hold more records */
    if (!line->tls && line->have + at < ROOM) return;
  }
}

static void shake(struct line *line) {
#ifdef WITH_TLS
  if (line->state == DIALLING) {
    line->tls = SSL_new(context);
    SSL_set_fd(line->tls, line->fd);
    line->state = SHAKING;
  }
  int done = SSL_connect(line->tls);
  if (done == 1) {
    watch(line, EPOLLIN, EPOLL_CTL_MOD);
    greet(line);
    return;
  }
  int want = SSL_get_error(line->tls, done);
  if (want == SSL_ERROR_WANT_READ) watch(line, EPOLLIN, EPOLL_CTL_MOD);
  else if (want == SSL_ERROR_WANT_WRITE) watch(line, EPOLLOUT, EPOLL_CTL_MOD);
  else failed++;
#else
  failed++;
  (void)line;
#endif
}

static void happened(struct line *line) {
  if (line->state == DIALLING && !with_tls) {
    watch(line, EPOLLIN, EPOLL_CTL_MOD);
    greet(line);
  } else if (line->state <= SHAKING) shake(line);
  else readable(line);
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static void report(void) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  qsort(samples, sampled, sizeof *samples, ascending);
  double p50 = sampled ? samples[sampled / 2] / 1e3 : 0, p99 = sampled ? samples[sampled * 99 / 100] / 1e3 : 0, most = sampled ? samples[sampled - 1] / 1e3 : 0;
  printf("{\"count\":%zu,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"failed\":%d,\"cpuS\":%.3f}\n", sampled, p50, p99, most, failed,
         (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
  fflush(stdout);
}

/* 0 when nobody talks to us any more. */
static int ordered(void) {
  char order[64];
  ssize_t got = read(0, order, sizeof order - 1);
  if (got <= 0) return 0;
  order[got] = 0;
  if (strstr(order, "report")) report();
  if (strstr(order, "reset") || strstr(order, "report")) sampled = 0;
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  http = strcmp(argv[1], "http") == 0;
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  total = atoi(argv[3]);
  in_flight = atoi(argv[4]);
  target = argv[5];
  with_tls = argc > 6;
#ifdef WITH_TLS
  context = SSL_CTX_new(TLS_client_method());
#endif
  struct rlimit files = {(rlim_t)total + 64, (rlim_t)total + 64};
  if (setrlimit(RLIMIT_NOFILE, &files) < 0) getrlimit(RLIMIT_NOFILE, &files);
  lines = calloc((size_t)total, sizeof *lines);
  samples = malloc(sizeof *samples * MAX_SAMPLES);
  epoll = epoll_create1(0);
  struct epoll_event orders = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &orders);
  began = now_ns();
  while (opened < total && opened < in_flight) dial();
  for (;;) {
    int n = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr) happened(events[i].data.ptr);
      else if (!ordered()) return 0;
    }
  }
}
