/* source.h - where packets come from: devices and files, behind one pull.
 *
 * Files (pcap in both byte orders, micro and nano; pcapng with several interfaces, also of
 * different link types) and standard input are pulled packet by packet, several files merged in
 * time order; where times step back inside one file, its own order stays.  A file that is still
 * being written ends where it ends now.  A file holds a buffer of 128 KiB, and of 1 MiB at most
 * where its packets are that large.  A live device is pulled from the event loop when its
 * descriptor is readable, until SOURCE_LATER. */
#ifndef TWS_SOURCE_H
#define TWS_SOURCE_H
#include "packet.h"

#define SOURCE_FILES_MAX 64u
#define SOURCE_ERROR_MAX 512u
#define SOURCE_PORTS_MAX 64u

/* Defaults of a live source.  A whole segment of a loopback device, 64 KiB, and its headers; 32
 * MiB, which is a tenth of a second of 200,000 packets of 1.5 KB, longer than the system keeps a
 * ready program waiting. */
#define SOURCE_SNAPLEN 262144u
#define SOURCE_BUFFER  (32u * 1024u * 1024u)

enum source_status {
    SOURCE_PACKET, /* *out is the next packet */
    SOURCE_PAUSE,  /* files: the next call waits for the writer of a pipe; once for each wait */
    SOURCE_LATER,  /* live: nothing now; files: a signal ended the wait for a pipe, ask again */
    SOURCE_END,    /* no more */
    SOURCE_CUT,    /* a file ended in the middle of a packet; source_error says where.  What came
                    * before is kept, other files go on; said once for each such file */
    SOURCE_FAILED, /* source_error says why, naming file and place; no more from this source */
};

struct source;

/* What the writer of the first file said about it: comment and program from the start, the
 * interface once a packet came.  Only pcapng says anything. */
struct source_about {
    char comment[1024]; /* the first section's comment (pcapng), NUL-ended; "": none */
    char app[128];      /* the program that wrote it */
    char iface[128];    /* name of the first interface */
};

/* What was lost before it reached us; live only, all zero elsewhere. */
struct source_drops {
    uint64_t received;  /* packets that passed the filter */
    uint64_t kernel;    /* dropped for want of buffer */
    uint64_t interface; /* dropped by the interface or its driver */
};

/* Open files ("-": standard input) to be read in time order, at most SOURCE_FILES_MAX, and read the
 * header of each: a pipe is waited for.  A packet's `iface` holds the file's place in `paths` above
 * bit 16, and below it the interface, counted through all sections of the file.  NULL: `error`
 * holds one line that names the file and the reason. */
struct source *source_files(const char *const *paths, size_t n, char error[SOURCE_ERROR_MAX]);

struct source_live {
    const char *device;    /* NULL: the loopback of this platform; "any" where there is one */
    const uint16_t *ports; /* host order: kernel filter for TCP from or to these */
    size_t n_ports;        /* 0: all TCP; at most SOURCE_PORTS_MAX */
    uint32_t snaplen;      /* bytes of each packet; 0: SOURCE_SNAPLEN */
    uint32_t buffer;       /* bytes the kernel holds for us; 0: SOURCE_BUFFER */
    bool promiscuous;
};

/* Why a device could not be opened, for the exit status and the hint. */
enum source_refusal { SOURCE_OK, SOURCE_NO_RIGHT, SOURCE_NO_DEVICE, SOURCE_OTHER };

/* Open a device.  The filter lets pass TCP of the ports, also behind up to two VLAN tags, and the
 * later fragments of any TCP packet, which show no port.  The right to open one is not needed any
 * more afterwards.  NULL: `error` holds one line that names the device, the reason, and, for
 * SOURCE_NO_RIGHT, the command that grants it. */
struct source *source_device(const struct source_live *live, enum source_refusal *why,
                             char error[SOURCE_ERROR_MAX]);

enum source_status source_next(struct source *s, struct packet *out);

/* The last status's words, one line without "\n"; valid until the next call. */
const char *source_error(const struct source *s);

/* Live: the descriptor to watch for reading, and how often to pull without it being readable (the
 * timeout rule of pcap_get_selectable_fd), ns; 0: never needed.  Files: -1. */
int source_fd(const struct source *s, uint64_t *every_ns);

/* The device's name, or the first file's and how many more. */
const char *source_name(const struct source *s);

/* Live on a loopback device, or on "any", which has its packets too: checksums are not to be
 * trusted (offload). */
bool source_is_loopback(const struct source *s);

/* Counted in 64 bits since the start, where the system's own counters wrap at 32: ask once a minute
 * or more often. */
void source_drops(struct source *s, struct source_drops *out);
void source_about(const struct source *s, struct source_about *out);
void source_close(struct source *s); /* NULL: nothing */

/* One line a device for `capture --list`: name, what it is, whether it is up.  `put` is called with
 * each line.  False: `error` says why. */
bool source_list(void (*put)(void *ctx, const char *line), void *ctx, char error[SOURCE_ERROR_MAX]);
#endif
