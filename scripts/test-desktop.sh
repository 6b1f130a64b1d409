#!/usr/bin/env bash
# Drives the real window by keyboard and mouse, on a screen without a monitor:
# unlock with a wrong and a right passphrase, read a receiver on a pseudo-terminal,
# store by its serial and print, lock, unlock, search, and drop dead. What happened
# is then asked of the store by commands. With RACE=1 the race detector looks on. Pictures are kept where something fails.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh desktop

work=$(mktemp -d)
kept=${TMPDIR:-/tmp}/tracedesk-desktop
display=:97
go build ${RACE:+-race} -tags accessibility -o "$work/bin/" ./cmd/... # before HOME is another
export HOME=$work/home XDG_RUNTIME_DIR=$work/run LANG=C.UTF-8 DISPLAY=$display
export TRACEDESK_USER=ruiz
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"; chmod 700 "$XDG_RUNTIME_DIR"
passphrase="four small green words"
cleanup() {
	kill $(jobs -p) 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
fail() {
	import -window root "$kept.png" 2>/dev/null || true
	echo "test-desktop: $1 (the screen is $kept.png)" >&2
	cp "$work/window.log" "$kept.log" 2>/dev/null || true
	exit 1
}
# until_ COMMAND…: waits up to half a minute for it to succeed.
until_() {
	for _ in $(seq 60); do "$@" >/dev/null 2>&1 && return 0; sleep 0.5; done
	return 1
}
cli() { TRACEDESK_PASSPHRASE=$passphrase "$work/bin/tracedesk" "$@"; }
key() { xdotool key --clearmodifiers "$1"; sleep "${2:-0.8}"; }
text() { xdotool type --delay 30 "$1"; sleep 0.3; }

Xvfb $display -screen 0 1366x768x24 >/dev/null 2>&1 &
until_ xdotool getmouselocation || fail "there is no screen"

store=$work/store
cli store init --store "$store" --user ruiz --name "Ana Ruiz" --credential MD --recovery-pdf "$work/key.pdf" >/dev/null
cli patient add --store "$store" --first-name Demo --last-name Patient --identifier DEMO-0001 >/dev/null
wear=$(cli wear order --store "$store" --patient DEMO-0001 --json | sed 's/.*"wear_id":"\([^"]*\)".*/\1/')
cli wear place --store "$store" --wear "$wear" --at 2026-05-04T10:00:00 --transmitter 8DEM01 >/dev/null
"$work/bin/receiversim" --pty "$work/receiver" >/dev/null 2>&1 &
until_ test -e "$work/receiver" || fail "the simulated receiver does not answer"

dbus-run-session -- "$work/bin/tracedesk-desktop" --store "$store" --user ruiz --port "$work/receiver" >"$work/window.log" 2>&1 &
until_ xdotool search --name '^Tracedesk$' || fail "the window does not open"
sleep 2
window=$(xdotool search --name '^Tracedesk$' | tail -1)
xdotool windowmove "$window" 0 0 windowsize "$window" 1366 768 windowfocus "$window"
sleep 1

text "not this one"; key Return 2
text "$passphrase"; key Return 3
key ctrl+r 5
key ctrl+p 1
printout() { ls "$HOME"/Documents/Tracedesk/*_printout.pdf; }
until_ printout || fail "reading, storing by serial and printing did not end with a printout"
sleep 3
key Escape; key Escape
key ctrl+l 2
import -window root "$work/locked.png"
text "$passphrase"; key Return 3
key ctrl+f; text "demo"; sleep 1
import -window root "$work/found.png"
cmp -s "$work/locked.png" "$work/found.png" && fail "it did not unlock again"
# A click on the first line opens it.
xdotool mousemove 300 250; sleep 0.4; xdotool click 1; sleep 2
import -window root "$work/wear.png"
cmp -s "$work/found.png" "$work/wear.png" && fail "a click on a wear does not open it"
grep -q "call thread" "$work/window.log" && fail "Fyne warns of a call on the wrong thread"

grep -q "DATA RACE" "$work/window.log" && fail "the race detector found something"

# What the program wrote beside store and documents names no patient.
if grep -rlE "DEMO-0001|Demo Patient" "$HOME" "$XDG_RUNTIME_DIR" "$work/window.log" "$store" 2>/dev/null | grep -v /Documents/; then
	fail "a patient is named in these files"
fi

pkill -9 -f "$work/bin/tracedesk-desktop" || true
sleep 1
result=$(cli wear show --store "$store" --wear "$wear" --json)
for want in '"step":"read"' '"step":"printed"' '"result":"met"'; do
	grep -q "$want" <<<"$result" || fail "the store does not hold $want"
done
cli store verify --store "$store" >/dev/null || fail "the store does not verify"
trail=$(cli store audit --store "$store" --json)
grep -q "unlocking failed" <<<"$trail" || fail "the wrong passphrase is not in the audit trail"
echo "desktop: all passed"
