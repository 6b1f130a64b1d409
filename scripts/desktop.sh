# Shared by what drives the real window: a screen without a monitor, hands, and
# a place of their own for store and home. To be sourced in the project's folder.
scripts/setup.sh desktop

work=$(mktemp -d)
kept=${TMPDIR:-/tmp}/tracedesk-desktop
display=${SCREEN:-:97}
go build ${RACE:+-race} -tags accessibility -o "$work/bin/" ./cmd/... # before HOME is another
own_home=$HOME # where Go keeps what it has built
export HOME=$work/home XDG_RUNTIME_DIR=$work/run LANG=C.UTF-8 DISPLAY=$display
export TRACEDESK_USER=ruiz
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"; chmod 700 "$XDG_RUNTIME_DIR"
passphrase="four small green words"
store=$work/store
slow=${SLOW:-${RACE:+3}} # the race detector makes everything slower, and so does a busy machine
cleanup() {
	pkill -9 -f "$work/bin/" || true
	kill $(jobs -p) 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
fail() {
	import -window root "$kept.png" 2>/dev/null || true
	cp "$work/window.log" "$kept.log" 2>/dev/null || true
	echo "$(basename "$0" .sh): $1 (the screen is $kept.png)" >&2
	exit 1
}
# until_ COMMAND…: waits up to half a minute for it to succeed.
until_() {
	for _ in $(seq 60); do "$@" >/dev/null 2>&1 && return 0; sleep 0.5; done
	return 1
}
cli() { TRACEDESK_PASSPHRASE=$passphrase "$work/bin/tracedesk" "$@"; }
wait_() { sleep "$(awk "BEGIN{print $1 * ${slow:-1}}")"; }
key() { xdotool key --clearmodifiers "$1"; wait_ "${2:-0.5}"; }
text() { xdotool type --delay 25 "$1"; wait_ 0.3; }
click() { xdotool mousemove "$1" "$2"; sleep 0.2; xdotool click 1; wait_ "${3:-0.6}"; }
picture() { if [ -n "${KEEP:-}" ]; then mkdir -p "$KEEP" && import -window root "$KEEP/$1.png"; fi; }
holds() { # holds WHAT TEXT…: the answer of a command holds the text
	local answer=$1; shift
	for want; do grep -q -- "$want" <<<"$answer" || fail "$chapter: there is no $want in: $answer"; done
}
open() { # open ARGUMENTS…: the window, in the place that the clicks count on
	dbus-run-session -- "$work/bin/tracedesk-desktop" --store "$store" "$@" >>"$work/window.log" 2>&1 &
	disown
	until_ xdotool search --name '^Tracedesk$' || fail "the window does not open"
	wait_ 2
	window=$(xdotool search --name '^Tracedesk$' | tail -1)
	xdotool windowmove "$window" 0 0 windowsize "$window" 1366 768 windowfocus "$window"
	wait_ 1
}
close() { # as a person who pulls the plug
	pkill -9 -f "$work/bin/tracedesk-desktop" || true
	sleep 1
}

Xvfb $display -screen 0 1366x768x24 >/dev/null 2>&1 &
until_ xdotool getmouselocation || fail "there is no screen"
