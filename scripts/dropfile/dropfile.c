// Drops a file on a window as a file manager does (the XDND protocol, version 5),
// for make test-desktop: dropfile WINDOW X Y PATH. It ends with 0 once the window
// has taken the file.
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Display *display;

static Atom atom(const char *name) { return XInternAtom(display, name, False); }

static void tell(Window to, Window from, const char *type, long a, long b, long c, long d) {
	XEvent e = {0};
	e.xclient.type = ClientMessage;
	e.xclient.window = to;
	e.xclient.message_type = atom(type);
	e.xclient.format = 32;
	e.xclient.data.l[0] = from;
	e.xclient.data.l[1] = a;
	e.xclient.data.l[2] = b;
	e.xclient.data.l[3] = c;
	e.xclient.data.l[4] = d;
	XSendEvent(display, to, False, NoEventMask, &e);
	XFlush(display);
}

// give answers the window's question for the list of files.
static void give(const XSelectionRequestEvent *asked, const char *list) {
	XEvent e = {0};
	XChangeProperty(display, asked->requestor, asked->property, asked->target, 8, PropModeReplace, (const unsigned char *)list, strlen(list));
	e.xselection.type = SelectionNotify;
	e.xselection.requestor = asked->requestor;
	e.xselection.selection = asked->selection;
	e.xselection.target = asked->target;
	e.xselection.property = asked->property;
	e.xselection.time = asked->time;
	XSendEvent(display, asked->requestor, False, NoEventMask, &e);
	XFlush(display);
}

int main(int argc, char **argv) {
	if (argc != 5 || !(display = XOpenDisplay(NULL))) {
		fprintf(stderr, "dropfile: WINDOW X Y PATH, and a display\n");
		return 2;
	}
	Window to = strtoul(argv[1], NULL, 0);
	long x = atol(argv[2]), y = atol(argv[3]);
	char list[4200];
	snprintf(list, sizeof list, "file://%s\r\n", argv[4]);
	Window own = XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 1, 1, 0, 0, 0);
	XSetSelectionOwner(display, atom("XdndSelection"), own, CurrentTime);
	tell(to, own, "XdndEnter", 5L << 24, atom("text/uri-list"), None, None);
	tell(to, own, "XdndPosition", 0, x << 16 | y, CurrentTime, atom("XdndActionCopy"));
	alarm(10); // a window that does not answer
	for (XEvent e;;) {
		XNextEvent(display, &e);
		if (e.type == SelectionRequest)
			give(&e.xselectionrequest, list);
		else if (e.type == ClientMessage && e.xclient.message_type == atom("XdndStatus"))
			tell(to, own, "XdndDrop", 0, CurrentTime, 0, 0);
		else if (e.type == ClientMessage && e.xclient.message_type == atom("XdndFinished"))
			return 0;
	}
}
