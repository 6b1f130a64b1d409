#!/usr/bin/env bash
# Reads the simulated receiver as a real USB device 22a3:0047, in a small virtual
# machine: Debian's stock kernel under QEMU (software emulation), where dummy_hcd
# is the USB controller and g_serial the device. Three ways: through libusb,
# through the kernel's serial driver, and with the plug pulled in the middle.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "test-usb needs Debian's or Ubuntu's kernel package; it is left out here."
	exit 0
fi
scripts/setup.sh usb
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The kernel, from its package, kept between runs.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tracedesk-usb
mkdir -p "$cache"
if ! ls "$cache"/boot/vmlinuz-* >/dev/null 2>&1; then
	image=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: //p' | grep -m1 '^linux-image-')
	(cd "$work" && apt-get download "$image" >/dev/null 2>&1 && dpkg-deb -x ./*.deb "$cache")
fi
kernel=$(ls "$cache"/boot/vmlinuz-* | tail -1)
version=${kernel##*/vmlinuz-}
modules=$cache/lib/modules/$version
[ -f "$modules/modules.dep" ] || depmod -b "$cache" "$version"

go build -o "$work/bin/" ./cmd/tracedesk ./cmd/receiversim
"$work/bin/tracedesk" demo --out "$work/demo" --json >/dev/null

root=$work/root
mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,lib/modules/"$version"}
cp "$(command -v busybox)" "$root/bin/busybox"
copy_with_libraries() {
	cp "$1" "$root/bin/"
	ldd "$1" | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "$root$(dirname "$library")"
		cp -Ln "$library" "$root$library" 2>/dev/null || true
	done
}
copy_with_libraries "$work/bin/tracedesk"
copy_with_libraries "$work/bin/receiversim"
cp "$modules"/modules.{builtin,builtin.modinfo,order} "$root/lib/modules/$version/" 2>/dev/null || true
for name in dummy_hcd usb_f_acm g_serial cdc-acm; do
	modprobe -d "$cache" -S "$version" --show-depends "$name" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | sort -u | while read -r file; do
	mkdir -p "$root$(dirname "${file#"$cache"}")"
	cp "$file" "$root${file#"$cache"}"
done
depmod -b "$root" "$version"
cp scripts/test-usb-init.sh "$root/init"
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd.gz"

timeout 240 qemu-system-x86_64 -cpu max -m 768 -nographic -no-reboot -kernel "$kernel" -initrd "$work/initrd.gz" \
	-append "console=ttyS0 quiet panic=-1 random.trust_cpu=on" </dev/null >"$work/console" 2>&1 || true
tr -d '\r' <"$work/console" | grep -a '^usb:' || true
if ! grep -aq '^usb: all passed' <(tr -d '\r' <"$work/console"); then
	echo "test-usb failed; the machine said:" >&2
	tail -60 "$work/console" >&2
	exit 1
fi
