# SPDX-License-Identifier: BSD-2-Clause
# mailtls-plugins: one Makefile for everything.
#
#   make             build the plugins into build/
#   make demo        the plugin against a small laboratory, to look at
#   make check       unit tests, scenarios, the notification script and documents
#   make check-real  the plugins against Postfix, Exim, OpenSMTPD, NSD, Unbound and an HTTPS server, judged by other tools too;
#                    PARTS="senders cases": only those parts; PARTS=html PICTURES=docs makes the picture of a report anew
#   make check-icinga  icinga-templates/ in real Icinga 2 and Nagios: from a gateway's fault to the page
#   make check-icinga-web  icinga-templates/director in Icinga Director, and a service's page in Icinga Web 2;
#                          PICTURES=docs makes the pictures of Icinga Web anew; DIRECTOR=DIR uses another Director than Debian's,
#                          see tests/integration/README.md
#   make check-format  every C file as clang-format 14 writes it
#   make check-reproducible  make dist and the build, each twice in two places, give the same bytes
#   make check-guards  changes of lib/ that matter, each with the one test that has to notice
#   make check-mutants  SEED=1 COUNT=100: changes at random, and which of them nothing notices
#   make check-all   all of these, and the first under sanitizers, valgrind and clang too; failing memory, fuzzing, cost,
#                    coverage
#   make fuzz        SECONDS=60: every fuzz target that long
#   make bench       what a check costs, beside OpenSSL alone and other programs; writes docs/performance.md
#   make templates   icinga-templates/, the parts that are made from --help
#   make check-debian-13  make check in a Debian 13, with OpenSSL 3.5; as root
#   make check-packages  make deb and make rpm, and what these packages do in a bare Debian: installed, run, removed, purged; and
#                        every command of README and docs, as tests/walk/walk.py pastes them
#   make dist        the archive of a release, from the commit
#   make deb         the Debian packages, from that archive, into build/
#   make rpm         the RPM packages, from that archive, into build/
#   make tidy        what clang-tidy says
#   make docs        docs/, the parts that are made: texts of findings, schemas, samples of output
#   make install     PREFIX=/usr/local DESTDIR=
#   make uninstall   what make install has put there, with the same PREFIX and DESTDIR
#   make help        this list
#
# demo and the checks install the Debian or Ubuntu packages that are missing, and say which.
# Variants build beside each other: make BUILD=build/asan VARIANT="-fsanitize=address,undefined"

VERSION = 0.1.0
BUILD   = build
PREFIX  = /usr/local
DESTDIR =
VARIANT =
WERROR  = $(if $(CI),-Werror)

# CC, CFLAGS, CPPFLAGS and LDFLAGS may come from the environment: packagers set them.
ifeq ($(origin CC),default)
CC      = gcc
endif
CFLAGS ?= -O2 -g

bashdir   = $(PREFIX)/share/bash-completion/completions
zshdir    = $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
bindir    = $(PREFIX)/bin
plugindir = $(PREFIX)/lib/nagios/plugins
unitdir   = $(PREFIX)/lib/systemd/system
mandir    = $(PREFIX)/share/man
docdir    = $(PREFIX)/share/doc/mailtls-plugins
datadir   = $(PREFIX)/share/mailtls-plugins

# Objects do not depend on where they are built. The compiler names the directory as PWD has it.
export PWD := $(CURDIR)
PREFIX_MAP = -ffile-prefix-map=$(CURDIR)=.

# $(call takes,FLAGS): the flags, where the compiler takes them without a warning, else nothing.
HASH := \#
takes = $(shell echo '$(HASH)include <stdio.h>' | $(CC) -Werror $(1) -O2 -x c -c - -o /dev/null 2>/dev/null && echo '$(1)')
# $(call once,NAME,VALUE): the value, found out when it is first used: on a bare machine the compiler comes later.
once  = $(eval $(1) := $(2))$($(1))

# Control flow (x86: CET, ARM: PAC and BTI) and stack clash are not for every machine; 3 needs gcc 12 or clang 9, and
# glibc 2.34. A packager's own _FORTIFY_SOURCE stays.
FORTIFY_BEST = $(call once,FORTIFY_BEST,$(or $(call takes,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3),\
                 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
FORTIFY      = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,$(FORTIFY_BEST))
CONTROL_FLOW = $(call once,CONTROL_FLOW,$(or $(call takes,-fcf-protection),$(call takes,-mbranch-protection=standard)))
STACK_CLASH  = $(call once,STACK_CLASH,$(call takes,-fstack-clash-protection))

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
HARDENED = -fstack-protector-strong $(STACK_CLASH) $(CONTROL_FLOW) -fPIE $(FORTIFY)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(WARNINGS) $(WERROR) $(HARDENED) \
             -I. -Ilib -Itests -MMD -MP $(PREFIX_MAP) $(CPPFLAGS) $(CFLAGS) $(VARIANT)
ALL_LDFLAGS = -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed $(LDFLAGS) $(VARIANT)
LDLIBS   = -lssl -lcrypto -lldns -ljansson -lpthread

PLUGINS    = check_smtp_tls check_mx_cert check_partner_policy check_mail_log
PLUGIN_SRC = plugins/plugin.c plugins/terminal.c plugins/work.c plugins/failure.c plugins/output.c plugins/progress.c plugins/options.c plugins/options_trust.c \
             plugins/options_hello.c plugins/options_print.c \
             plugins/option_row.c plugins/extra_opts.c plugins/hints.c \
             plugins/targets.c plugins/forms.c \
             plugins/run.c plugins/run_hellos.c
# One archive for each folder of lib/, in the order of docs/architecture.md, those that use others first.
FOLDERS    = report judge partner mta web probe hello policy smtp tls dns base
LIBS       = $(FOLDERS:%=$(BUILD)/lib%.a)
LAB_SRC    = $(wildcard tests/gateway/*.c)
UNIT_SRC   = $(wildcard tests/unit/*.c tests/unit/*/*.c) tests/utf8.c tests/process_directories.c
FAULT_SRC  = $(addprefix tests/fault/,main.c cases.c cases_own.c cases_partner.c cases_report.c fixture.c fault.c) \
             tests/process_directories.c
FUZZ_SRC   = $(wildcard tests/fuzz/fuzz_*.c)
BENCH      = floor measure delay
OBJ        = $(patsubst %.c,$(BUILD)/%.o,$(1))

all: $(PLUGINS:%=$(BUILD)/%)

programs: all $(BUILD)/lab $(BUILD)/unit $(BUILD)/fault $(PLUGINS:%=$(BUILD)/%-fault)

# --- packages ------------------------------------------------------------------------------------

PACKAGES_BUILD = gcc libc6-dev libssl-dev libldns-dev libjansson-dev libidn2-dev \
                 libcurl4-openssl-dev zlib1g-dev liblzma-dev libzstd-dev libsystemd-dev
PACKAGES_CHECK = zsh check pkg-config python3 python3-jsonschema openssl mandoc locales universal-ctags
PACKAGES_FORMAT = clang-format-14
PACKAGES_INSTALL = devscripts
PACKAGES_DEB = debhelper dpkg-dev check pkg-config
PACKAGES_RPM = rpm
PACKAGES_PACKAGES = lintian rpmlint mmdebstrap
PACKAGES_MORE  = clang libclang-rt-dev valgrind lcov
PACKAGES_SERVERS = postfix nsd unbound ldnsutils openssl python3 python3-html5lib poppler-utils chromium-headless-shell \
                   fonts-dejavu-core nodejs
PACKAGES_UNPACKED = exim4-daemon-light opensmtpd prometheus prometheus-node-exporter systemd-journal-remote \
                    sslscan testssl.sh gnutls-bin
# php-cgi, and first, or Icinga Web brings Apache's.
PACKAGES_MONITORING = icinga2-bin icinga2-common nagios4-core nagios4-common nagios4-cgi influxdb php-cgi php-cli \
                      icingaweb2-module-businessprocess graphite-carbon postfix unbound openssl python3 \
                      nagios-nrpe-server nagios-nrpe-plugin snmpd snmp openssh-server \
                      monitoring-plugins-basic monitoring-plugins-standard
PACKAGES_WEB = $(PACKAGES_MONITORING) icingadb redis-server mariadb-server-core mariadb-client-core icingacli icingaweb2 \
               icingadb-web icingaweb2-module-director php-mysql chromium-headless-shell
PACKAGES_GRAFANA = node-typescript
GRAFANA_SCHEMA = @grafana/schema@13.2.3
GRAFANA_SCHEMA_SUM = ae4f0510eef2b857d14cafc90f7f7be3b499150fa209341ba66e8c8763a39ea1\
b1fe0fee410171e7ab7ae1e08b5d6132a11ebcaeee1c8a07062ab5e4fa8ceb2e
PACKAGES_PEERS = pflogsumm monitoring-plugins-basic monitoring-plugins-contrib bind9-host gnutls-bin postfix openssl
PACKAGES_BENCH = valgrind python3 openssl ca-certificates

# Whoever types one of these goals has no packages yet, so objects wait for them.
GOALS_THAT_INSTALL = $(filter demo check% coverage fuzz bench deb rpm,$(MAKECMDGOALS))
GOALS_FOR_MORE = check-all check-asan check-tsan check-valgrind check-clang check-fuzz check-coverage check-mutants coverage fuzz
PACKAGES = $(PACKAGES_BUILD) $(if $(filter check% coverage,$(MAKECMDGOALS)),$(PACKAGES_CHECK)) \
           $(if $(filter $(GOALS_FOR_MORE),$(MAKECMDGOALS)),$(PACKAGES_MORE)) \
           $(if $(filter check-all check-install,$(MAKECMDGOALS)),$(PACKAGES_INSTALL)) \
           $(if $(filter check-all check-packages deb,$(MAKECMDGOALS)),$(PACKAGES_DEB)) \
           $(if $(filter check-all check-packages rpm,$(MAKECMDGOALS)),$(PACKAGES_RPM)) \
           $(if $(filter check-all check-packages check-debian-13,$(MAKECMDGOALS)),$(PACKAGES_PACKAGES)) \
           $(if $(filter check-all check-format,$(MAKECMDGOALS)),$(PACKAGES_FORMAT)) \
           $(if $(filter check-all check-cost bench,$(MAKECMDGOALS)),$(PACKAGES_BENCH))

packages:
	@packaging/install-deps $(PACKAGES)

servers:
	@packaging/install-stopped $(PACKAGES_SERVERS)
	@packaging/unpack $(BUILD)/mail-servers $(PACKAGES_UNPACKED)

monitoring:
	@packaging/install-stopped $(PACKAGES_MONITORING)

grafana-schema:
	@packaging/install-stopped $(PACKAGES_GRAFANA)
	@packaging/npm-unpack $(BUILD)/grafana-schema $(GRAFANA_SCHEMA) "$$(echo '$(GRAFANA_SCHEMA_SUM)' | tr -d ' ')"

monitoring-web:
	@packaging/install-stopped $(PACKAGES_WEB)

headers:
	@packaging/check-headers $(CC) $(CPPFLAGS)

help:
	@sed -n '/^[^#]/q; s/^#   //p' Makefile

# --- build ---------------------------------------------------------------------------------------

$(BUILD)/%.o: %.c | $(if $(GOALS_THAT_INSTALL),packages,headers)
	@mkdir -p $(@D)
	@echo "CC  $@"
	@$(CC) $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/libplugins.a: $(call OBJ,$(PLUGIN_SRC))
	@rm -f $@
	@$(AR) rcs $@ $^

define archive
$(BUILD)/lib$(1).a: $(call OBJ,$(sort $(wildcard lib/$(1)/*.c)))
	@rm -f $$@
	@$$(AR) rcs $$@ $$^
endef
$(foreach folder,$(FOLDERS),$(eval $(call archive,$(folder))))

LDLIBS_LOG = -lz -llzma -lzstd -lsystemd

$(BUILD)/check_mx_cert $(BUILD)/check_mx_cert-fault: LDLIBS += -lcurl
$(BUILD)/check_mail_log $(BUILD)/check_mail_log-lab $(BUILD)/check_mail_log-fault: LDLIBS += $(LDLIBS_LOG)

$(BUILD)/check_%: $(BUILD)/plugins/check_%.o $(BUILD)/libplugins.a $(LIBS)
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) $(LDLIBS) -o $@

# The plugins that run programs, with those of tests/gateway/programs in their place.
$(BUILD)/check_%-lab: $(BUILD)/plugins/check_%.o $(BUILD)/tests/process_directories.o \
        $(BUILD)/libplugins.a $(LIBS)
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) $(LDLIBS) -o $@

lab-plugins: $(BUILD)/check_smtp_tls-lab $(BUILD)/check_partner_policy-lab $(BUILD)/check_mail_log-lab

$(BUILD)/lab: $(call OBJ,$(LAB_SRC)) | lab-plugins
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) -lssl -lcrypto -lldns -lpthread -o $@

$(BUILD)/unit: $(call OBJ,$(UNIT_SRC)) $(BUILD)/libplugins.a $(LIBS)
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) $$(pkg-config --libs check) $(LDLIBS) $(LDLIBS_LOG) -lcurl -o $@

# Allocations and openings of our own objects can be made to fail; shared libraries are not linked anew. Names
# with _chk and _2 are those of fortified builds.
FAILING = malloc calloc realloc strdup strndup asprintf __asprintf_chk scandir open __open_2
FAILING_MEMORY = $(FAILING:%=-Wl,--wrap=%)

$(BUILD)/fault: $(call OBJ,$(FAULT_SRC)) $(BUILD)/libplugins.a $(LIBS)
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) $(FAILING_MEMORY) $(LDLIBS) $(LDLIBS_LOG) -o $@

$(BUILD)/check_%-fault: $(BUILD)/plugins/check_%.o $(BUILD)/tests/fault/plugin_fault.o \
        $(BUILD)/tests/fault/fault.o $(BUILD)/tests/process_directories.o $(BUILD)/libplugins.a $(LIBS)
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) $(FAILING_MEMORY) $(LDLIBS) -o $@

# libFuzzer brings main and the feedback; whatever is fuzzed has to be built for it too.
$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/fuzz.o $(BUILD)/tests/utf8.o \
        $(BUILD)/libplugins.a $(LIBS)
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) -fsanitize=fuzzer $(LDLIBS) $(LDLIBS_LOG) -o $@

clean:
	rm -rf build

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o
	@mkdir -p $(@D)
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) -lssl -lcrypto -lpthread -o $@

# --- to look at ----------------------------------------------------------------------------------

demo: all $(BUILD)/lab
	@$(BUILD)/lab --bin $(BUILD) --show tests/scenarios/reference/hella.scenario
	@$(BUILD)/lab --bin $(BUILD) --show tests/scenarios/reference/hella-without-tls.scenario

# --- monitoring configuration --------------------------------------------------------------------

# What is made from --help is committed, so that it can be read and copied without a build; check-docs compares.
templates: all
	/usr/bin/python3 -B icinga-templates/generate.py icinga2 $(BUILD) >$(BUILD)/commands.conf
	mv $(BUILD)/commands.conf icinga-templates/icinga2/commands.conf
	/usr/bin/python3 -B icinga-templates/generate.py director $(BUILD) >$(BUILD)/basket.json
	mv $(BUILD)/basket.json icinga-templates/director/basket.json
	/usr/bin/python3 -B icinga-templates/generate.py itl $(BUILD) >$(BUILD)/mail.conf
	mv $(BUILD)/mail.conf icinga-templates/itl/mail.conf
	/usr/bin/python3 -B icinga-templates/generate.py itl-doc $(BUILD) >$(BUILD)/documentation.txt
	mv $(BUILD)/documentation.txt icinga-templates/itl/documentation.txt

# --- documents -----------------------------------------------------------------------------------

# They are committed, so that they can be read without a build; check-docs compares.
docs: all $(BUILD)/lab
	/usr/bin/python3 -B docs/source/generate.py $(BUILD)

# --- tests ---------------------------------------------------------------------------------------

LAB      = $(BUILD)/lab --bin $(BUILD)
LABFLAGS =

# Each runner has a least count: one that runs next to nothing passes nothing. They follow what there is, some way below.
AT_LEAST = tests/least.sh

check: check-unit check-scenarios check-notify check-docs

check-unit: $(BUILD)/unit
	$(AT_LEAST) 4000 $(BUILD)/unit

check-scenarios: all $(BUILD)/lab $(BUILD)/locale/de_DE.UTF-8
	$(AT_LEAST) 300 $(LAB) $(LABFLAGS) tests/scenarios
	SLOW=$(or $(lastword $(LABFLAGS)),1) $(SIGTERM_FLAGS) /usr/bin/python3 -B tests/integration/sigterm.py $(BUILD)

check-notify: all
	$(AT_LEAST) 15 /usr/bin/python3 -B tests/notify.py $(BUILD)

check-docs: all $(BUILD)/lab
	CC="$(CC)" $(AT_LEAST) 25 tests/docs.sh $(BUILD)

$(BUILD)/locale/de_DE.UTF-8: | $(if $(GOALS_THAT_INSTALL),packages)
	@mkdir -p $(@D)
	localedef -i de_DE -f UTF-8 $@

# Each variant is a build of its own; ORDERLY_EXIT lets the tools report at exit, stacks are larger under them.
SANITIZED = -O1 -fno-omit-frame-pointer -DORDERLY_EXIT -DPOOL_STACK=4194304

ASAN_FLAGS = BUILD=build/asan CFLAGS="-g $(SANITIZED)" \
    VARIANT="-fsanitize=address,undefined -fno-sanitize-recover=all" LABFLAGS="-j 4 --slow 4"

check-asan: VARIANT_FLAGS = $(ASAN_FLAGS)
check-asan: ALSO = check-fault
check-tsan: VARIANT_FLAGS = BUILD=build/tsan CFLAGS="-g $(SANITIZED)" VARIANT="-fsanitize=thread" \
    LABFLAGS="-j 4 --slow 6" SIGTERM_FLAGS="TSAN_OPTIONS=atexit_sleep_ms=0:report_thread_leaks=0"
check-asan check-tsan: FORK = no
# ThreadSanitizer sleeps for a second before an exit, and wants each thread joined, which a signal does not wait for.
check-tsan: export TSAN_OPTIONS = atexit_sleep_ms=0
check-asan: export LSAN_OPTIONS = suppressions=$(abspath tests/lsan.supp):print_suppressions=0
check-clang: VARIANT_FLAGS = BUILD=build/clang CC=clang WERROR=-Werror
coverage check-coverage check-mutants: VARIANT_FLAGS = BUILD=build/coverage CFLAGS="-g -O0 -DORDERLY_EXIT" \
    VARIANT="--coverage -fprofile-update=atomic" LABFLAGS="--slow 2" PREFIX_MAP=

check-asan check-tsan check-clang: | packages
	$(MAKE) -j$(shell nproc) $(VARIANT_FLAGS) programs
	CK_FORK=$(FORK) $(MAKE) $(VARIANT_FLAGS) check-unit check-scenarios $(ALSO)

# Under valgrind the start alone may outlast a -t of a second, and a handshake a stage; what has limits or a signal of its own is for the sanitizers.
# They run all scenarios; of valgrind, all units and every fifth scenario have to be enough, for it is thirty times as slow.
UNTIMED = $$(grep -rLE --include='*.scenario' -- ' -[twc] [+0-9]|--stage-timeout [0-9]|^signal' tests/scenarios | LC_ALL=C sort | awk 'NR % 5 == 1')

check-valgrind: all $(BUILD)/lab $(BUILD)/unit
	CK_FORK=no $(AT_LEAST) 4000 valgrind -q --leak-check=full --error-exitcode=99 $(BUILD)/unit
	$(AT_LEAST) 45 $(LAB) --wrap "valgrind -q --error-exitcode=99" --slow 12 -j 4 $(UNTIMED)

# Targets run two concurrently if only a short run is wanted.
SECONDS = 60
FUZZ_JOBS = 1
FUZZ_FLAGS = BUILD=build/fuzz CC=clang CFLAGS="-g -O1 -fno-omit-frame-pointer" \
    VARIANT="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"

fuzz: | packages
	$(MAKE) -j$(shell nproc) $(FUZZ_FLAGS) $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/%)
	$(AT_LEAST) 21 tests/fuzz/run.sh build/fuzz $(SECONDS) $(FUZZ_JOBS)

check-fuzz:
	$(MAKE) SECONDS=5 FUZZ_JOBS=2 fuzz

check-fault: $(BUILD)/fault $(PLUGINS:%=$(BUILD)/%-fault) $(BUILD)/lab
	$(AT_LEAST) 40 $(BUILD)/fault
	$(AT_LEAST) 700 tests/fault/plugin.sh $(BUILD)

# Changes of lib/ that tests have to notice: those of tests/mutants.tsv, 30 drawn by the commit, each by its one test; and
# COUNT at random, by everything. Each is made in a copy.
SEED = 1
COUNT = 100
check-guards: all $(BUILD)/lab $(BUILD)/unit
	$(AT_LEAST) 30 /usr/bin/python3 -B tests/mutants/guards.py $(BUILD) --draw 30 \
	    --seed "$$(git rev-parse HEAD 2>/dev/null || echo none)"

check-mutants: all $(BUILD)/lab $(BUILD)/unit $(BUILD)/fault sanitized | servers
	$(MAKE) $(VARIANT_FLAGS) build/coverage/executed.json
	/usr/bin/python3 -B tests/mutants/mutants.py $(BUILD) build/coverage/executed.json $(SEED) $(COUNT)

sanitized:
	$(MAKE) $(ASAN_FLAGS) all build/asan/lab build/asan/unit build/asan/fault

# Which tests execute which lines of lib/
build/coverage/executed.json: $(wildcard lib/*/*.[ch] plugins/*.[ch] tests/unit/*.[ch] tests/unit/*/*.[ch] tests/fault/*) \
        $(shell find tests/scenarios -type f) tests/mutants/executed.py | all $(BUILD)/lab $(BUILD)/unit $(BUILD)/fault
	/usr/bin/python3 -B tests/mutants/executed.py $(BUILD) $@

# OpenSSL's own cases are not ours to ship.
check-danetest: $(BUILD)/danetest
	packaging/openssl-danetest build/danetest-cases
	$(AT_LEAST) 1 $(BUILD)/danetest build/danetest-cases/danetest.in build/danetest-cases/danetest.pem

$(BUILD)/danetest: $(BUILD)/tests/integration/danetest.o $(LIBS)
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) -lssl -lcrypto -lpthread -o $@

check-install: all | packages
	CC="$(CC)" $(AT_LEAST) 65 tests/install.sh $(BUILD)

check-format: | packages
	tests/format.sh

check-reproducible: | packages
	$(AT_LEAST) 12 tests/reproducible.sh

# From a clone, so that the commit is packed; as root, for the Debian in which the packages are tried.
check-packages: | packages
	$(AT_LEAST) 100 tests/packages.sh

check-debian-13: | packages
	tests/debian-13.sh

check-limits: all $(BUILD)/lab
	/usr/bin/python3 -B tests/integration/limits.py $(BUILD)
	$(AT_LEAST) 100 /usr/bin/python3 -B tests/integration/shortage.py $(BUILD)

check-real: all | servers
	$(if $(PARTS),,$(AT_LEAST) 2000) tests/integration/isolated.sh real/main.py $(BUILD) $(PARTS)
	$(if $(PICTURES),cp $(BUILD)/real/report.png $(PICTURES))

# Both wait most of the time, in namespaces of their own.
check-icinga: all | monitoring grafana-schema
	$(MAKE) -j2 -O check-icinga2 check-nagios check-grafana

check-icinga2: all | monitoring
	$(AT_LEAST) 86 tests/integration/isolated.sh icinga/main.py $(BUILD)

check-nagios: all | monitoring
	$(AT_LEAST) 120 tests/integration/isolated.sh nagios/main.py $(BUILD)

# The dashboards, compared with the types of Grafana's own schema
check-grafana: | grafana-schema
	$(AT_LEAST) 11 /usr/bin/python3 -B tests/integration/grafana.py $(BUILD)/grafana-schema $(BUILD)/grafana

check-icinga-web: all | monitoring-web
	$(AT_LEAST) 80 tests/integration/isolated.sh icinga-web/main.py $(BUILD) \
	    $(if $(DIRECTOR),--director $(abspath $(DIRECTOR))) $(if $(PICTURES),--pictures $(PICTURES))

# The one figure of the bench that does not depend on the machine's mood.
check-cost: all $(BUILD)/lab $(BUILD)/bench/floor
	$(if $(BEFORE),rm -rf $(BUILD)/before && mkdir -p $(BUILD)/before && git archive $(BEFORE) | tar -x -C $(BUILD)/before)
	$(if $(BEFORE),$(MAKE) -C $(BUILD)/before BUILD=build all)
	/usr/bin/python3 -B tests/bench/cost.py $(BUILD) $(if $(BEFORE),$(BUILD)/before/build)

bench: all $(BUILD)/lab $(BENCH:%=$(BUILD)/bench/%)
	packaging/install-stopped --each $(PACKAGES_PEERS)
	@mkdir -p docs
	/usr/bin/python3 -B tests/bench/bench.py $(BUILD) docs/performance.md

CHECKS = check check-limits check-format check-guards check-install check-packages \
         check-reproducible check-real check-debian-13 check-icinga check-icinga-web \
         check-danetest check-fault check-cost check-fuzz check-clang check-asan check-tsan \
         check-valgrind check-coverage

check-all: $(CHECKS)

list-checks:
	@echo $(CHECKS)

# Lines of lib/ that unit tests, scenarios and failing memory run together.
COVERAGE_LEAST = 95
COVERING = check-unit check-scenarios check-fault
check-coverage: LEAST = $(COVERAGE_LEAST)

coverage check-coverage: | packages
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	$(MAKE) $(VARIANT_FLAGS) $(COVERING)
	tests/coverage.sh build/coverage $(LEAST)

# --- installation --------------------------------------------------------------------------------

# What links to another of them becomes a file.
TEMPLATES = $(shell find -L icinga-templates -type f ! -name '*.py' ! -name '*.pyc')
UNITS     = $(notdir $(wildcard packaging/systemd/*.service packaging/systemd/*.timer))

install: all
	install -d $(DESTDIR)$(plugindir) $(DESTDIR)$(mandir)/man5 $(DESTDIR)$(mandir)/man8 \
	    $(DESTDIR)$(docdir)/examples/partners $(DESTDIR)$(docdir)/examples/own $(DESTDIR)$(docdir)/docs
	install -m 755 $(PLUGINS:%=$(BUILD)/%) $(DESTDIR)$(plugindir)
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(unitdir)
	ln -sfr $(PLUGINS:%=$(DESTDIR)$(plugindir)/%) $(DESTDIR)$(bindir)
	for unit in $(UNITS); do \
	    sed 's,/usr/lib/nagios/plugins,$(plugindir),' packaging/systemd/$$unit >$(DESTDIR)$(unitdir)/$$unit && \
	    chmod 644 $(DESTDIR)$(unitdir)/$$unit || exit; done
	install -m 644 $(PLUGINS:%=docs/%.8) $(DESTDIR)$(mandir)/man8
	install -m 644 docs/*.5 $(DESTDIR)$(mandir)/man5
	install -d $(DESTDIR)$(bashdir) $(DESTDIR)$(zshdir)
	for plugin in $(PLUGINS); do \
	    install -m 644 packaging/completion/mailtls-plugins.bash $(DESTDIR)$(bashdir)/$$plugin || exit; done
	install -m 644 packaging/completion/_mailtls-plugins $(DESTDIR)$(zshdir)
	install -m 644 examples/partners/*.ini $(DESTDIR)$(docdir)/examples/partners
	install -m 644 examples/own/*.ini $(DESTDIR)$(docdir)/examples/own
	install -m 644 examples/complete.ini $(DESTDIR)$(docdir)/examples
	install -m 644 README.md CHANGELOG.md LICENSE $(DESTDIR)$(docdir)
	install -m 644 docs/*.md docs/findings.html docs/terminal.svg docs/*.png docs/*.schema.json \
	    $(DESTDIR)$(docdir)/docs
	install -d $(DESTDIR)$(datadir)/profiles
	install -m 644 profiles/*.ini $(DESTDIR)$(datadir)/profiles
	for file in $(TEMPLATES); do install -D -m 644 $$file $(DESTDIR)$(datadir)/$$file || exit; done
	chmod 755 $(DESTDIR)$(datadir)/icinga-templates/mailtls-notify

uninstall:
	rm -f $(PLUGINS:%=$(DESTDIR)$(plugindir)/%) $(PLUGINS:%=$(DESTDIR)$(mandir)/man8/%.8) \
	    $(PLUGINS:%=$(DESTDIR)$(bindir)/%) $(UNITS:%=$(DESTDIR)$(unitdir)/%) \
	    $(PLUGINS:%=$(DESTDIR)$(bashdir)/%) $(DESTDIR)$(zshdir)/_mailtls-plugins \
	    $(patsubst docs/%,$(DESTDIR)$(mandir)/man5/%,$(wildcard docs/*.5))
	rm -rf $(DESTDIR)$(docdir) $(DESTDIR)$(datadir)

# --- release -------------------------------------------------------------------------------------

DIST = mailtls-plugins-$(VERSION)

# From the commit alone, so that everybody who has the commit gets the same bytes.
dist:
	@[ -z "$$(git status --porcelain)" ] || { git status --short; echo "dist: commit these first"; exit 1; }
	@mkdir -p build
	git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ HEAD | gzip -n -9 >build/$(DIST).tar.gz
	cd build && sha256sum $(DIST).tar.gz >$(DIST).tar.gz.sha256

deb: dist | packages
	packaging/build-deb build/$(DIST).tar.gz build

rpm: dist | packages
	packaging/build-rpm build/$(DIST).tar.gz build

# Writes the licence's line where it is missing.
licences:
	/usr/bin/python3 -B tests/layout/licence.py

tidy:
	packaging/install-deps clang-tidy
	clang-tidy --quiet lib/*/*.c plugins/*.c -- -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I. -Ilib

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)

.PHONY: all help headers uninstall programs lab-plugins clean packages servers monitoring monitoring-web grafana-schema demo templates docs install coverage check-coverage \
        fuzz bench check check-unit check-scenarios check-notify check-docs check-limits check-install check-real check-icinga check-icinga2 check-nagios check-grafana \
        check-icinga-web check-format check-reproducible check-guards check-mutants check-packages dist deb rpm tidy licences check-cost check-asan check-tsan check-valgrind check-clang check-fault check-fuzz check-danetest check-debian-13 check-all list-checks sanitized
.SECONDARY:
