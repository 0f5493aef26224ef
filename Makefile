# mailtls-plugins: one Makefile for everything.
#
#   make             build the plugins into build/
#   make demo        the plugin against a small laboratory, to look at
#   make check       unit tests, scenarios and documents
#   make check-real  the plugins against Postfix, Exim, OpenSMTPD, NSD, Unbound and an HTTPS server, judged by other tools too
#   make check-icinga  icinga-templates/ in real Icinga 2 and Nagios: from a gateway's fault to the page
#   make check-icinga-web  icinga-templates/director in Icinga Director, and a service's page in Icinga Web 2
#   make check-all   all that, and the first under sanitizers, valgrind and clang too; failing memory, fuzzing, cost,
#                    coverage
#   make fuzz        SECONDS=60: every fuzz target that long
#   make bench       what a check costs, beside OpenSSL alone and other programs; writes docs/performance.md
#   make templates   icinga-templates/, the parts that are made from --help
#   make install     PREFIX=/usr/local DESTDIR=
#
# demo and the checks install the Debian or Ubuntu packages that are missing, and say which.
# Variants build beside each other: make BUILD=build/asan VARIANT="-fsanitize=address,undefined"

VERSION = 0.1.0
BUILD   = build
PREFIX  = /usr/local
DESTDIR =
CC      = gcc
VARIANT =
WERROR  = $(if $(CI),-Werror)

plugindir = $(PREFIX)/lib/nagios/plugins
mandir    = $(PREFIX)/share/man
docdir    = $(PREFIX)/share/doc/mailtls-plugins
datadir   = $(PREFIX)/share/mailtls-plugins

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
HARDENED = -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
CFLAGS   = -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(WARNINGS) $(WERROR) $(HARDENED) \
             -Ilib -Iplugins -MMD -MP $(CFLAGS) $(VARIANT)
ALL_LDFLAGS = -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed $(LDFLAGS) $(VARIANT)
LDLIBS   = -lssl -lcrypto -lldns -linih -ljansson -lpthread

PLUGINS    = check_smtp_tls check_mx_cert check_partner_policy
PLUGIN_SRC = plugins/plugin.c plugins/options.c plugins/extra_opts.c \
             plugins/asks.c plugins/forms.c plugins/postmap.c plugins/own_tables.c \
             plugins/run.c
LIB_SRC    = $(wildcard lib/*.c)
LAB_SRC    = $(wildcard tests/gateway/*.c)
UNIT_SRC   = $(wildcard tests/unit/*.c) tests/utf8.c
FAULT_SRC  = $(addprefix tests/fault/,main.c cases.c cases_own.c cases_partner.c fixture.c fault.c)
FUZZ_SRC   = $(wildcard tests/fuzz/fuzz_*.c)
BENCH      = floor measure delay
OBJ        = $(patsubst %.c,$(BUILD)/%.o,$(1))

all: $(PLUGINS:%=$(BUILD)/%)

programs: all $(BUILD)/lab $(BUILD)/unit $(BUILD)/fault $(PLUGINS:%=$(BUILD)/%-fault)

# --- packages ------------------------------------------------------------------------------------

PACKAGES_BUILD = gcc libc6-dev libssl-dev libldns-dev libinih-dev libjansson-dev libidn2-dev \
                 libcurl4-openssl-dev
PACKAGES_CHECK = check pkg-config python3 python3-jsonschema openssl mandoc locales
PACKAGES_MORE  = clang libclang-rt-dev valgrind lcov
PACKAGES_SERVERS = postfix nsd unbound ldnsutils openssl python3
PACKAGES_UNPACKED = exim4-daemon-light opensmtpd
# php-cgi, and first, or Icinga Web brings Apache's.
PACKAGES_MONITORING = icinga2-bin icinga2-common nagios4-core nagios4-common influxdb php-cgi php-cli \
                      icingaweb2-module-businessprocess postfix unbound openssl python3
PACKAGES_WEB = $(PACKAGES_MONITORING) icingadb redis-server mariadb-server-core mariadb-client-core icingacli icingaweb2 \
               icingadb-web icingaweb2-module-director php-mysql chromium-headless-shell
PACKAGES_PEERS = monitoring-plugins-basic monitoring-plugins-contrib bind9-host gnutls-bin postfix openssl
PACKAGES_BENCH = valgrind python3 openssl ca-certificates

# Whoever types one of these goals has no packages yet, so objects wait for them.
GOALS_THAT_INSTALL = $(filter demo check% coverage fuzz bench,$(MAKECMDGOALS))
GOALS_FOR_MORE = check-all check-asan check-tsan check-valgrind check-clang check-fuzz check-coverage coverage fuzz
PACKAGES = $(PACKAGES_BUILD) $(if $(filter check% coverage,$(MAKECMDGOALS)),$(PACKAGES_CHECK)) \
           $(if $(filter $(GOALS_FOR_MORE),$(MAKECMDGOALS)),$(PACKAGES_MORE)) \
           $(if $(filter check-all check-cost bench,$(MAKECMDGOALS)),$(PACKAGES_BENCH))

packages:
	@packaging/install-deps $(PACKAGES)

servers:
	@packaging/install-stopped $(PACKAGES_SERVERS)
	@packaging/unpack $(BUILD)/mail-servers $(PACKAGES_UNPACKED)

monitoring:
	@packaging/install-stopped $(PACKAGES_MONITORING)

monitoring-web:
	@packaging/install-stopped $(PACKAGES_WEB)

# --- build ---------------------------------------------------------------------------------------

$(BUILD)/%.o: %.c | $(if $(GOALS_THAT_INSTALL),packages)
	@mkdir -p $(@D)
	@echo "CC  $@"
	@$(CC) $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/libmailtls.a: $(call OBJ,$(LIB_SRC))
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/check_mx_cert $(BUILD)/check_mx_cert-fault: LDLIBS += -lcurl

$(BUILD)/check_%: $(BUILD)/plugins/check_%.o $(call OBJ,$(PLUGIN_SRC)) $(BUILD)/libmailtls.a
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) $(LDLIBS) -o $@

$(BUILD)/lab: $(call OBJ,$(LAB_SRC))
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) -lssl -lcrypto -lldns -lpthread -o $@

$(BUILD)/unit: $(call OBJ,$(UNIT_SRC)) $(call OBJ,$(PLUGIN_SRC)) $(BUILD)/libmailtls.a
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) $$(pkg-config --libs check) $(LDLIBS) -lcurl -o $@

# Allocations of our own objects can be made to fail; shared libraries are not linked anew.
FAILING_MEMORY = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

$(BUILD)/fault: $(call OBJ,$(FAULT_SRC)) $(call OBJ,$(PLUGIN_SRC)) $(BUILD)/libmailtls.a
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) $(FAILING_MEMORY) $(LDLIBS) -o $@

$(BUILD)/check_%-fault: $(BUILD)/plugins/check_%.o $(BUILD)/tests/fault/plugin_fault.o \
        $(BUILD)/tests/fault/fault.o $(call OBJ,$(PLUGIN_SRC)) $(BUILD)/libmailtls.a
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) $(FAILING_MEMORY) $(LDLIBS) -o $@

# libFuzzer brings main and the feedback; whatever is fuzzed has to be built for it too.
$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/fuzz.o $(BUILD)/tests/utf8.o \
        $(call OBJ,$(PLUGIN_SRC)) $(BUILD)/libmailtls.a
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) -fsanitize=fuzzer $(LDLIBS) -o $@

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

# --- tests ---------------------------------------------------------------------------------------

LAB      = $(BUILD)/lab --bin $(BUILD)
LABFLAGS =

check: check-unit check-scenarios check-docs

check-unit: $(BUILD)/unit
	$(BUILD)/unit

check-scenarios: all $(BUILD)/lab $(BUILD)/locale/de_DE.UTF-8
	$(LAB) $(LABFLAGS) tests/scenarios
	tests/integration/sigterm.sh $(BUILD)

check-docs: all
	tests/docs.sh $(BUILD)

$(BUILD)/locale/de_DE.UTF-8: | $(if $(GOALS_THAT_INSTALL),packages)
	@mkdir -p $(@D)
	localedef -i de_DE -f UTF-8 $@

# Each variant is a build of its own; ORDERLY_EXIT lets the tools report at exit, stacks are larger under them.
SANITIZED = -O1 -fno-omit-frame-pointer -DORDERLY_EXIT -DPOOL_STACK=4194304

check-asan: VARIANT_FLAGS = BUILD=build/asan CFLAGS="-g $(SANITIZED)" \
    VARIANT="-fsanitize=address,undefined -fno-sanitize-recover=all" LABFLAGS="--slow 4"
check-asan: ALSO = check-fault
check-tsan: VARIANT_FLAGS = BUILD=build/tsan CFLAGS="-g $(SANITIZED)" VARIANT="-fsanitize=thread" \
    LABFLAGS="--slow 6"
check-asan check-tsan: FORK = no
check-asan: export LSAN_OPTIONS = suppressions=$(abspath tests/lsan.supp):print_suppressions=0
check-clang: VARIANT_FLAGS = BUILD=build/clang CC=clang WERROR=-Werror
coverage check-coverage: VARIANT_FLAGS = BUILD=build/coverage CFLAGS="-g -O0 -DORDERLY_EXIT" \
    VARIANT="--coverage -fprofile-update=atomic" LABFLAGS="--slow 2"

check-asan check-tsan check-clang: | packages
	$(MAKE) -j$(shell nproc) $(VARIANT_FLAGS) programs
	CK_FORK=$(FORK) $(MAKE) $(VARIANT_FLAGS) check-unit check-scenarios $(ALSO)

# Under valgrind the start alone may outlast a -t of a second; what has limits or a signal of its own is for the sanitizers.
UNTIMED = $$(grep -rLE --include='*.scenario' -- ' -[twc] [0-9]|^signal' tests/scenarios)

check-valgrind: all $(BUILD)/lab $(BUILD)/unit
	CK_FORK=no valgrind -q --leak-check=full --error-exitcode=99 $(BUILD)/unit
	$(LAB) --wrap "valgrind -q --error-exitcode=99" --slow 12 -j 4 $(UNTIMED)

# Targets run two at once where only a short look is due.
SECONDS = 60
FUZZ_JOBS = 1
FUZZ_FLAGS = BUILD=build/fuzz CC=clang CFLAGS="-g -O1 -fno-omit-frame-pointer" \
    VARIANT="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"

fuzz: | packages
	$(MAKE) -j$(shell nproc) $(FUZZ_FLAGS) $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/%)
	tests/fuzz/run.sh build/fuzz $(SECONDS) $(FUZZ_JOBS)

check-fuzz:
	$(MAKE) SECONDS=5 FUZZ_JOBS=2 fuzz

check-fault: $(BUILD)/fault $(PLUGINS:%=$(BUILD)/%-fault) $(BUILD)/lab
	$(BUILD)/fault
	tests/fault/plugin.sh $(BUILD)

# OpenSSL's own cases are not ours to ship.
check-danetest: $(BUILD)/danetest
	packaging/openssl-danetest build/danetest-cases
	$(BUILD)/danetest build/danetest-cases/danetest.in build/danetest-cases/danetest.pem

$(BUILD)/danetest: $(BUILD)/tests/integration/danetest.o $(BUILD)/libmailtls.a
	@echo "LD  $@"
	@$(CC) $^ $(ALL_LDFLAGS) -lssl -lcrypto -lpthread -o $@

check-install: all
	tests/install.sh $(BUILD)

check-real: all | servers
	tests/integration/isolated.sh real/main.py $(BUILD)

# Both wait most of the time, in namespaces of their own.
check-icinga: all | monitoring
	$(MAKE) -j2 -O check-icinga2 check-nagios

check-icinga2: all | monitoring
	tests/integration/isolated.sh icinga/main.py $(BUILD)

check-nagios: all | monitoring
	tests/integration/isolated.sh nagios/main.py $(BUILD)

check-icinga-web: all | monitoring-web
	tests/integration/isolated.sh icinga-web/main.py $(BUILD)

# The one figure of the bench that does not depend on the machine's mood.
check-cost: all $(BUILD)/lab $(BUILD)/bench/floor
	/usr/bin/python3 -B tests/bench/cost.py $(BUILD)

bench: all $(BUILD)/lab $(BENCH:%=$(BUILD)/bench/%)
	packaging/install-stopped --each $(PACKAGES_PEERS)
	@mkdir -p docs
	/usr/bin/python3 -B tests/bench/bench.py $(BUILD) docs/performance.md

check-all: check check-install check-real check-icinga check-icinga-web check-danetest check-fault check-cost \
           check-fuzz check-clang check-asan check-tsan check-valgrind check-coverage

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

install: all
	install -d $(DESTDIR)$(plugindir) $(DESTDIR)$(mandir)/man5 $(DESTDIR)$(mandir)/man8 \
	    $(DESTDIR)$(docdir)/examples/partners
	install -m 755 $(PLUGINS:%=$(BUILD)/%) $(DESTDIR)$(plugindir)
	install -m 644 $(PLUGINS:%=docs/%.8) $(DESTDIR)$(mandir)/man8
	install -m 644 docs/*.5 $(DESTDIR)$(mandir)/man5
	install -m 644 examples/partners/*.ini $(DESTDIR)$(docdir)/examples/partners
	install -m 644 README.md CHANGELOG.md LICENSE docs/*.schema.json $(DESTDIR)$(docdir)
	for file in $(TEMPLATES); do install -D -m 644 $$file $(DESTDIR)$(datadir)/$$file || exit; done
	chmod 755 $(DESTDIR)$(datadir)/icinga-templates/mailtls-notify

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)

.PHONY: all programs clean packages servers monitoring monitoring-web demo templates install coverage check-coverage \
        fuzz bench check check-unit check-scenarios check-docs check-install check-real check-icinga check-icinga2 check-nagios \
        check-icinga-web check-cost check-asan check-tsan check-valgrind check-clang check-fault check-fuzz check-danetest check-all
.SECONDARY:
