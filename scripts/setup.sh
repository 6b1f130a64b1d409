#!/usr/bin/env bash
# Installs what building Tracedesk needs on Debian and Ubuntu, and says what
# to install elsewhere. Does nothing, offline too, when all is there.
#
#   scripts/setup.sh            the compiler and libraries of the build
#   scripts/setup.sh test       these, and the programs that the tests look at PDFs with
#   scripts/setup.sh desktop    these, and a screen without a monitor, with hands
#   scripts/setup.sh usb        these, and the virtual machine of the USB test
set -euo pipefail

build="gcc pkg-config libgl1-mesa-dev xorg-dev libwayland-dev libxkbcommon-dev libusb-1.0-0-dev"
checks="poppler-utils qpdf"
wanted="$build"
[ "${1:-build}" = test ] && wanted="$build $checks"
[ "${1:-build}" = desktop ] && wanted="$build $checks xvfb xdotool imagemagick dbus-x11"
[ "${1:-build}" = usb ] && wanted="$build qemu-system-x86 busybox-static cpio kmod"

need_go() {
	command -v go >/dev/null 2>&1 && return
	echo "Go 1.26 or later is missing. Install it from https://go.dev/dl and run this again." >&2
	exit 1
}

installed() {
	[ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c1-2)" = ii ]
}

debian() {
	local missing="" as=""
	for package in $wanted; do
		installed "$package" || missing="$missing $package"
	done
	[ -z "$missing" ] && return
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null 2>&1 || {
			echo "These packages are missing:$missing" >&2
			echo "Ask an administrator for: apt-get install$missing" >&2
			exit 1
		}
		as="sudo"
	fi
	echo "Installing what the build needs with apt-get${as:+ (sudo may ask for your password)}:$missing"
	$as apt-get -qq update
	DEBIAN_FRONTEND=noninteractive $as apt-get -qq install --no-install-recommends -y $missing >/dev/null
	echo "Installed."
}

elsewhere() {
	# Programs stand for the packages here: names differ between systems.
	local ok=1
	command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 || ok=0
	if [ "$(uname -s)" = Linux ]; then
		command -v pkg-config >/dev/null 2>&1 && pkg-config --exists gl libusb-1.0 x11 xcursor xrandr xinerama xi xxf86vm wayland-client xkbcommon 2>/dev/null || ok=0
	fi
	if [ "${1:-}" = test ] && ! command -v pdftotext >/dev/null 2>&1; then
		echo "Note: poppler's pdftotext and pdftoppm are missing; the tests that read PDFs with them will be skipped and say so."
	fi
	[ "$ok" = 1 ] && return
	cat >&2 <<'TEXT'
A compiler or a library for the window is missing. Install:
  Fedora    sudo dnf install gcc pkgconf-pkg-config mesa-libGL-devel libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel wayland-devel libxkbcommon-devel libusb1-devel poppler-utils
  Arch      sudo pacman -S --needed gcc pkgconf libgl libx11 libxcursor libxrandr libxinerama libxi libxxf86vm wayland libxkbcommon libusb poppler
  macOS     xcode-select --install; brew install pkg-config libusb poppler
  Windows   MSYS2 (https://www.msys2.org), then: pacman -S mingw-w64-x86_64-gcc mingw-w64-x86_64-pkgconf mingw-w64-x86_64-libusb make mingw-w64-x86_64-poppler
and run this again.
TEXT
	exit 1
}

need_go
if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
	debian
else
	elsewhere "${1:-}"
fi
