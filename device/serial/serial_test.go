package serial_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"tracedesk/cgm/cgmtest"
	"tracedesk/device"
	"tracedesk/device/receiver"
	"tracedesk/device/serial"
	"tracedesk/device/simulator"
)

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("the system does not list open files here: handles are not counted")
	}
	return len(all)
}

// Reads that end well, are cut off or cancelled give back every handle and
// goroutine, and leave the port usable for the next.
func TestNoHandleIsLeaked(t *testing.T) {
	r := cgmtest.Wear(2, 5)
	read := func(ctx context.Context, fault ...simulator.Fault) error {
		m, err := simulator.New(simulator.Options{Generation: simulator.G6, Wears: []simulator.Wear{{Recording: r}}})
		if err != nil {
			t.Fatal(err)
		}
		port := filepath.Join(t.TempDir(), "receiver")
		pty, err := simulator.OpenPty(port)
		if err != nil {
			t.Skipf("there are no pseudo-terminals here: %v", err)
		}
		served := make(chan error, 1)
		go func() { served <- (&simulator.Server{Model: m, Faults: fault}).Serve(pty) }()
		line, err := serial.Open(port)
		if err != nil {
			t.Fatal(err)
		}
		_, err = receiver.Read(ctx, line, receiver.Options{})
		_ = line.Close()
		_ = pty.Close()
		<-served
		return err
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	once := func() {
		if err := read(context.Background()); err != nil {
			t.Error(err)
		}
		if err := read(context.Background(), simulator.Fault{Name: "unplug", Place: 12}); !errors.Is(err, receiver.ErrUnplugged) {
			t.Errorf("unplugged: %v", err)
		}
		if err := read(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
	once()
	files, goroutines := openFiles(t), runtime.NumGoroutine()
	for range 8 {
		once()
	}
	for range 100 {
		if openFiles(t) <= files && runtime.NumGoroutine() <= goroutines {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d open files, %d before; %d goroutines, %d before", openFiles(t), files, runtime.NumGoroutine(), goroutines)
}

func TestAPortThatIsNotThere(t *testing.T) {
	if _, err := serial.Open(filepath.Join(t.TempDir(), "nothing")); !errors.Is(err, device.ErrNoPort) {
		t.Error(err)
	}
}
