#!/usr/bin/env bash
# Installs the udev rule that lets the logged-in user read a receiver.
# DESTDIR puts it below another root, for packages.
set -euo pipefail
cd "$(dirname "$0")/.."
rules=${DESTDIR:-}/etc/udev/rules.d
as=""
if [ -z "${DESTDIR:-}" ]; then
	[ "$(uname -s)" = Linux ] || { echo "Only Linux needs this rule." >&2; exit 1; }
	[ "$(id -u)" = 0 ] || as=sudo
	[ -z "$as" ] || echo "Installing a rule in $rules (sudo may ask for your password)."
fi
$as mkdir -p "$rules"
$as install -m 644 assets/60-tracedesk-receiver.rules "$rules/"
if [ -z "${DESTDIR:-}" ] && command -v udevadm >/dev/null 2>&1; then
	$as udevadm control --reload 2>/dev/null || true
	$as udevadm trigger --attr-match=idVendor=22a3 2>/dev/null || true
fi
echo "Installed $rules/60-tracedesk-receiver.rules. Unplug the receiver and plug it in again."
