// Steadies a process that is to do the same twice, laid under it by LD_PRELOAD: random numbers come from STEADY_SEED, and the
// time of day stands still. The order of hash tables, the choice between things that are ready, ids and keys follow from these.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static uint64_t state;
static int begun;

// SplitMix64.
static uint64_t drawn(void) {
  if (!begun) {
    const char *seed = getenv("STEADY_SEED");
    state = seed ? strtoull(seed, NULL, 10) : 0;
    begun = 1;
  }
  uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

ssize_t getrandom(void *into, size_t length, unsigned int flags) {
  (void)flags;
  unsigned char *bytes = into;
  for (size_t at = 0; at < length; at++) bytes[at] = (unsigned char)(drawn() >> 32);
  return (ssize_t)length;
}

int getentropy(void *into, size_t length) {
  getrandom(into, length, 0);
  return 0;
}

// Monday, 5 January 2026, 09:00 UTC.
int clock_gettime(clockid_t which, struct timespec *into) {
  if (which == CLOCK_REALTIME) {
    into->tv_sec = 1767603600;
    into->tv_nsec = 0;
    return 0;
  }
  return (int)syscall(SYS_clock_gettime, which, into);
}
