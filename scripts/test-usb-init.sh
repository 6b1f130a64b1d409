#!/bin/busybox sh
# The first process of test-usb's machine: plugs the simulated receiver in, reads
# it in three ways, and says on the console what came of each.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
$b mkdir -p /dev/pts
$b mount -t devpts devpts /dev/pts
export PATH=/bin HOME=/tmp TMPDIR=/tmp
$b ip link set lo up 2>/dev/null

say() { echo "usb: $*"; }
fail() { say "FAILED: $*"; $b cat /tmp/out /tmp/err 2>/dev/null; $b poweroff -f; }
wait_for() { n=0; while [ ! -e "$1" ] && [ $n -lt 100 ]; do $b sleep 0.1; n=$((n + 1)); done; [ -e "$1" ] || fail "$1 did not appear"; }

plug() { # the receiver, with what receiversim is told
	$b modprobe g_serial idVendor=0x22a3 idProduct=0x0047 use_acm=1 || fail "g_serial"
	wait_for /dev/ttyGS0
	receiversim --tty /dev/ttyGS0 --serial USB123 "$@" >/tmp/sim 2>&1 &
	sim=$!
	wait_for /dev/ttyACM0
	$b sleep 0.5
}
unplug() {
	kill -9 $sim 2>/dev/null
	wait $sim 2>/dev/null
	$b rmmod g_serial || fail "the module does not unload"
}
readings() { $b grep -o '"readings":[0-9]*' /tmp/out; }
must_read() { # what, port
	tracedesk read --port "$2" --json --csv /tmp/csv >/tmp/out 2>/tmp/err || fail "$1"
	$b grep -q '"serial_number":"USB123"' /tmp/out || fail "$1: another receiver"
	[ "$(readings)" = '"readings":2824' ] || fail "$1: $(readings)"
	sum=$($b sha256sum /tmp/csv | $b cut -c1-12)
	[ -z "$whole" ] || [ "$sum" = "$whole" ] || fail "$1: another recording than before"
	whole=$sum
	say "$1: 2824 readings"
}

$b modprobe dummy_hcd || fail "dummy_hcd"
$b modprobe usb_f_acm || fail "usb_f_acm"
$b modprobe cdc-acm || fail "cdc-acm"
whole=
plug
must_read "through libusb" usb
wait_for /dev/ttyACM0
say "the kernel's driver has the receiver back"
must_read "through the kernel's serial driver" /dev/ttyACM0
must_read "the way chosen for the system" auto
unplug

for port in usb /dev/ttyACM0; do
	plug --slow
	tracedesk read --port $port --json >/tmp/out 2>/tmp/err &
	reader=$!
	$b sleep 1.2
	unplug
	start=$($b date +%s)
	wait $reader && fail "a read over $port ended well without its plug: $(readings)"
	[ $(($($b date +%s) - start)) -le 10 ] || fail "over $port the read hung"
	[ -s /tmp/out ] && fail "over $port it gave a recording"
	say "unplugged in the middle, $port: $($b cat /tmp/err | $b cut -c1-100)"
	plug
	must_read "plugged in again, $port" $port
	unplug
done
$b modprobe g_serial idVendor=0x22a3 idProduct=0x0048 use_acm=1 || fail "g_serial as a G7"
wait_for /dev/ttyACM0
for port in usb auto; do
	tracedesk read --port $port --json >/tmp/out 2>/tmp/err && fail "a G7 receiver was read"
	$b grep -q "G7 receiver" /tmp/err || fail "a G7 receiver is not named"
done
say "a G7 receiver is named and left alone"
$b rmmod g_serial || fail "the module does not unload"

# A G6 Pro reader, through libusb and through the kernel's driver.
whole=
plug --generation proreader --extras --growing
must_read "a G6 Pro reader through libusb" usb
$b grep -q '"model":"Dexcom G6 Pro reader"' /tmp/out || fail "a Pro reader is not named"
$b grep -q '"state":"collected"' /tmp/out || fail "a Pro reader's state is not named"
must_read "a G6 Pro reader through the kernel's serial driver" /dev/ttyACM0
unplug
say "all passed"
$b poweroff -f
