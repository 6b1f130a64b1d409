#!/usr/bin/env bash
# Drives the real window by keyboard and mouse, on a screen without a monitor, one
# chapter after the other: the first run; a wrong passphrase; a wear that is
# prepared; a broken file; a receiver that is unplugged while it is read, and read
# again; printing; locking over a form; interpretation and signature; a file that is
# dropped, of a patient who is there twice. What happened is asked of the store by
# commands. With RACE=1 the race detector looks on. Where something fails the screen
# is kept; KEEP=FOLDER keeps a picture of every chapter. SLOW=3 waits three times as
# long, on a busy machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/desktop.sh
gcc -O1 -o "$work/bin/dropfile" scripts/dropfile/dropfile.c -lX11

chapter="the first run"
open --port "$work/receiver"
text "Riverside Family Practice"; key Tab; text "Ana Ruiz"; key Tab; text ruiz; key Tab; text MD; key Tab; key Tab; key Tab # over the list and the NPI
text "$passphrase"; key Tab; text "$passphrase"; picture 01-setup; key Return 3
key Tab; key space 2; key Escape # the viewer, which is not there, is told of
picture 02-recovery
pdfinfo "$HOME/Documents/Tracedesk/Tracedesk recovery key.pdf" >/dev/null 2>&1 || fail "$chapter: there is no recovery key"
key Tab; key Tab; key Tab; key space 2
picture 03-empty
close
cli store unlock-check --store "$store" >/dev/null || fail "$chapter: the store does not open"

chapter="a wrong passphrase"
open --port "$work/receiver" --user ruiz
text "not this one"; key Return 2; picture 04-wrong
text "$passphrase"; key Return 3

chapter="a wear is prepared"
key ctrl+n; text Demo; key Tab; text Patient; key Tab; text 6/20/1964; key Tab; text DEMO-0001; picture 05-patient; key Return 1
key Return 1.5; picture 06-ordered
close
wear=$(cli wear list --store "$store" --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
cli wear place --store "$store" --wear "$wear" --at 2026-05-04T10:00:00 --transmitter 8DEM01 >/dev/null || fail "$chapter: the ordered wear is not there"

chapter="a broken file"
printf 'this is no export\n' >"$work/letter.csv"
open --port "$work/receiver" --user ruiz "$work/letter.csv"
text "$passphrase"; key Return 3; picture 07-broken
key Escape

chapter="unplugged while it is read"
"$work/bin/receiversim" --slow --pty "$work/receiver" >/dev/null 2>&1 & simulator=$!; disown
until_ test -e "$work/receiver" || fail "the simulated receiver does not answer"
key ctrl+r 1; key Tab; key Tab; key space 1; picture 08-reading # what uploading does is said before the first read
kill -9 $simulator; rm -f "$work/receiver"
wait_ 6; picture 09-unplugged
key Escape

chapter="the return visit"
"$work/bin/receiversim" --pty "$work/receiver" >/dev/null 2>&1 & disown
until_ test -e "$work/receiver" || fail "the simulated receiver does not answer"
key ctrl+r 5; picture 10-review
key ctrl+p 1
printout() { ls "$HOME"/Documents/Tracedesk/*_printout.pdf; }
until_ printout || fail "reading, storing by serial and printing did not end with a printout"
wait_ 3; key Escape; picture 11-printed

chapter="locking over a form"
key ctrl+h; key ctrl+n; text "dem"; key ctrl+l 2; picture 12-locked
text "$passphrase"; key Return 3; picture 13-form-again
key Escape

chapter="interpretation and signature"
key ctrl+h; key ctrl+f; text demo; wait_ 0.7; click 300 250 2; picture 14-wear
key ctrl+4 2
click 214 708 1 # keep all the rest
click 983 301; text "Lows in two nights. Reviewed with the patient."
key ctrl+s 2; picture 15-interpretation
click 1062 708 1.5; text "not this one"; key Return 2.5; picture 16-not-signed
key Escape 1; text "$passphrase"; key Return 3; picture 17-signed
close
result=$(cli wear show --store "$store" --wear "$wear" --json)
holds "$result" '"step":"read"' '"step":"printed"' '"step":"signed"' '"result":"met"'

chapter="a file is dropped, of one who is there twice"
cli patient add --store "$store" --first-name Demo --last-name Patient --birth-date 1990-01-02 --identifier OTHER-2 >/dev/null
sed 's/8DEM01/8OTHR2/g; /^"[1-4]",/d' assets/demo-clarity.csv >"$work/export.csv" # it names nobody now, and nobody waits for it
open --port "$work/receiver" --user ruiz
text "$passphrase"; key Return 3
"$work/bin/dropfile" "$window" 600 300 "$work/export.csv" || fail "$chapter: the window does not take it"
wait_ 2; picture 18-dropped
key ctrl+p 1.5; picture 19-nobody-chosen # there is nobody to store it with
click 869 213; picture 20-second; click 1278 710 2; picture 21-stored
close
holds "$(cli store stats --store "$store" --json)" '"wears":2' '"readings":5648' # 2824 of each, none twice, none of the pulled plug
holds "$(cli wear list --store "$store" --patient OTHER-2 --json)" '"hours_recorded":235'


chapter="afterwards"
grep -q "call thread" "$work/window.log" && fail "Fyne warns of a call on the wrong thread"
grep -q "DATA RACE" "$work/window.log" && fail "the race detector found something"
# What the program wrote beside store and documents names no patient.
if grep -rlE "DEMO-0001|Demo Patient|Gonzalez" "$HOME" "$XDG_RUNTIME_DIR" "$work/window.log" "$store" 2>/dev/null | grep -v /Documents/; then
	fail "a patient is named in these files"
fi
cli store verify --store "$store" >/dev/null || fail "the store does not verify"
holds "$(cli store audit --store "$store" --json)" "unlocking failed"
echo "desktop: all passed"
