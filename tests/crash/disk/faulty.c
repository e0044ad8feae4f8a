// A disk that fails where it is told to, laid under a process by LD_PRELOAD. It counts the writes and waits for the disk of
// the files whose path ends in FAULTY_FILE; number FAULTY_AT of them, counted from 0, fails as FAULTY_HOW says, and with
// FAULTY_FOR=ever every later one too. The count so far stands in the file FAULTY_COUNT.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long seen;
// The rest of a write that was cut short finds no space.
static atomic_int cut;

static const char *told(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static int concerns(int fd) {
  char link[64], path[4096];
  const char *end = told("FAULTY_FILE");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0 || !*end) return 0;
  path[length] = 0;
  size_t wanted = strlen(end);
  return (size_t)length >= wanted && strcmp(path + length - wanted, end) == 0;
}

static void note(long count) {
  char text[32];
  int length = snprintf(text, sizeof text, "%ld", count);
  int fd = open(told("FAULTY_COUNT"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return;
  syscall(SYS_write, fd, text, (size_t)length);
  close(fd);
}

// Whether this one is to fail.
static int now(void) {
  long number = atomic_fetch_add(&seen, 1);
  note(number + 1);
  const char *at = told("FAULTY_AT");
  if (!*at) return 0;
  long wanted = atol(at);
  return number == wanted || (number > wanted && strcmp(told("FAULTY_FOR"), "ever") == 0);
}

static ssize_t written(int fd, const void *bytes, size_t length, off64_t offset, int placed) {
  return placed ? syscall(SYS_pwrite64, fd, bytes, length, offset) : syscall(SYS_write, fd, bytes, length);
}

static ssize_t write_to(int fd, const void *bytes, size_t length, off64_t offset, int placed) {
  int saved = errno, mine = concerns(fd);
  errno = saved;
  if (!mine) return written(fd, bytes, length, offset, placed);
  if (atomic_exchange(&cut, 0)) {
    errno = ENOSPC;
    return -1;
  }
  const char *how = told("FAULTY_HOW");
  if (strcmp(how, "sync") == 0 || !now()) return written(fd, bytes, length, offset, placed);
  if (strcmp(how, "eio") == 0 || strcmp(how, "enospc") == 0) {
    errno = strcmp(how, "eio") == 0 ? EIO : ENOSPC;
    return -1;
  }
  if (strcmp(how, "short") == 0 && length > 1) {
    atomic_store(&cut, 1);
    return written(fd, bytes, length / 2, offset, placed);
  }
  if (strcmp(how, "flip") == 0 && length > 0) {
    char *changed = malloc(length);
    if (!changed) abort();
    memcpy(changed, bytes, length);
    changed[length / 3] ^= 0x10;
    ssize_t done = written(fd, changed, length, offset, placed);
    free(changed);
    return done;
  }
  return written(fd, bytes, length, offset, placed);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return write_to(fd, bytes, length, offset, 1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return write_to(fd, bytes, length, offset, 1); }
ssize_t write(int fd, const void *bytes, size_t length) { return write_to(fd, bytes, length, 0, 0); }

static int wait_for(int fd, long call) {
  int saved = errno, mine = concerns(fd);
  errno = saved;
  if (mine && strcmp(told("FAULTY_HOW"), "sync") == 0 && now()) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(call, fd);
}

int fdatasync(int fd) { return wait_for(fd, SYS_fdatasync); }
int fsync(int fd) { return wait_for(fd, SYS_fsync); }
