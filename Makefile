# mailtls-plugins: one Makefile, not recursive.
#
#   make             build the plugins into build/
#   make check       unit tests and scenarios (installs what is missing)
#   make demo        the plugin against a small laboratory, to look at
#   make install     PREFIX=/usr DESTDIR=
#
# Variants build beside each other: make BUILD=build/asan VARIANT="-fsanitize=address,undefined"

VERSION = 0.1.0
BUILD   = build
PREFIX  = /usr/local
DESTDIR =
CC      = cc
VARIANT =
WERROR  = $(if $(CI),-Werror)
COMMA   := ,

plugindir = $(PREFIX)/lib/nagios/plugins
mandir    = $(PREFIX)/share/man
docdir    = $(PREFIX)/share/doc/mailtls-plugins

PACKAGES_BUILD = gcc make pkg-config libc6-dev libssl-dev libldns-dev libinih-dev libjansson-dev libidn2-dev
PACKAGES_CHECK = check python3-jsonschema mandoc locales
LIBRARIES = libssl libcrypto libldns INIReader jansson libidn2

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
HARDENED = -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
CFLAGS   = -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(WARNINGS) $(WERROR) $(HARDENED) \
             -Ilib -Iplugins -MMD -MP $(CFLAGS) $(VARIANT)
ALL_LDFLAGS = -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed $(LDFLAGS) $(VARIANT)
LDLIBS   = -lssl -lcrypto -lldns -linih -ljansson -lidn2 -lpthread
