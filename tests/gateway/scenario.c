/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "gateway.h"
#include "nameserver.h"
#include "pki.h"

#define BUSY 0.1 /* seconds for which a run has had to wait for a processor */

static void write_files(struct lab *lab, const struct scenario *sc)
{
    for (size_t i = 0; i < sc->n_files; i++) {
        const struct file_script *script = &sc->files[i];
        char *path = lab_path(lab, script_text(&script->head, 1));
        FILE *f = fopen(path, "we");

        if (f == NULL)
            script_error(&script->head, "%s: %s", path, strerror(errno));
        for (size_t k = 0; k < script->n; k++) {
            struct buf line =
                lab_expand(lab, &script->head, script->lines[k], strlen(script->lines[k]));

            fprintf(f, "%s\n", line.p);
            free(line.p);
        }
        fclose(f);
        free(path);
    }
}

/* Ports first, because certificates and records may name them; then what needs certificates. */
static struct gateways *start_servers(struct lab *lab, const struct scenario *sc)
{
    char *empty = text_of("%s/empty", lab->dir);
    struct nameserver *ns;
    struct gateways *g;

    lab->ns_address = sc->nameserver != NULL ? sc->nameserver : "127.0.0.1";
    ns = nameserver_bind(lab);
    g = gateways_bind(lab, sc);
    mkdir(empty, 0700);
    free(empty);
    lab->pki = pki_new(lab->dir, lab->start);
    for (size_t i = 0; i < sc->n_certs; i++) {
        struct statement s = lab_expand_words(lab, &sc->certs[i]);

        pki_add(lab->pki, &s);
    }
    write_files(lab, sc);
    nameserver_start(ns, zone_read(lab, sc));
    gateways_start(g);
    return g;
}

static struct lab *lab_new(const char *dir, const struct settings *settings)
{
    struct lab *lab = need(1, sizeof *lab);

    lab->dir = dir;
    lab->bin = settings->bin;
    lab->deadline = command_now() + SCENARIO_SECONDS * settings->slow;
    lab->start = time(NULL);
    if (settings->well_known) {
        lab->port = 25;
        lab->ns_port = 53;
    }
    pthread_mutex_init(&lab->lock, NULL);
    return lab;
}

static bool report_faults(struct lab *lab, const char *file)
{
    bool any;

    pthread_mutex_lock(&lab->lock);
    any = lab->n_faults > 0;
    if (any)
        printf("%s: at the gateways:\n%s", file, lab->faults.p);
    if (lab->n_faults > 10)
        printf("  and %zu more\n", lab->n_faults - 10);
    pthread_mutex_unlock(&lab->lock);
    return any;
}

/* Whether the machine was busy during the run, and the command neither complained, as sanitizers
 * and valgrind do, nor crashed. */
static bool may_be_late(const struct result *r)
{
    return r->busy >= BUSY && !r->complained && r->status <= 3;
}

int scenario_play(const char *file, const char *dir, const struct settings *settings)
{
    struct scenario *sc = script_read(file);
    struct lab *lab = lab_new(dir, settings);
    struct gateways *g = start_servers(lab, sc);
    struct result *results = need(sc->n_runs, sizeof *results);
    bool failed = false, late = false, other = false;

    for (size_t i = 0; i < sc->n_runs; i++) {
        struct buf report = {0};

        results[i] = run_play(lab, sc, &sc->runs[i], settings, &report);
        late = late || may_be_late(&results[i]);
        if (report.len == 0)
            continue;
        failed = true;
        other = other || !may_be_late(&results[i]);
        printf("%s:%d: %s\n%s", file, sc->runs[i].head.line, sc->runs[i].head.raw, report.p);
    }
    gateways_finish(g);
    failed = report_faults(lab, file) || failed;
    if (settings->update)
        run_update(lab, sc, results);
    if (!failed)
        return SCENARIO_PASSED;
    return late && !other ? SCENARIO_LATE : SCENARIO_FAILED;
}

int scenario_show(const char *file, const char *dir, const struct settings *settings)
{
    struct scenario *sc = script_read(file);
    struct lab *lab = lab_new(dir, settings);

    start_servers(lab, sc);
    for (size_t i = 0; i < sc->n_runs; i++)
        run_show(lab, sc, &sc->runs[i], settings);
    return 0;
}

/* Until the end of standard input or a signal. */
static void wait_for_end(void)
{
    sigset_t signals;
    struct pollfd fds[2] = {{.fd = 0, .events = POLLIN}, {.events = POLLIN}};
    char bytes[256];

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    fds[1].fd = signalfd(-1, &signals, SFD_CLOEXEC);
    while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
        if (fds[1].revents != 0)
            return;
        if (fds[0].revents != 0 && read(0, bytes, sizeof bytes) <= 0)
            return;
    }
}

int scenario_serve(const char *file, const char *dir, const struct settings *settings)
{
    struct scenario *sc = script_read(file);
    struct lab *lab = lab_new(dir, settings);

    start_servers(lab, sc);
    lab_print_variables(lab);
    wait_for_end();
    return report_faults(lab, file) ? SCENARIO_FAILED : SCENARIO_PASSED;
}
