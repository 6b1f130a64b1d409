package confine

import (
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// confineProcess puts this process into a job with limits on its memory, its
// processor time and on starting others.
func confineProcess(l Limits) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	basic := &limits.BasicLimitInformation
	basic.LimitFlags = windows.JOB_OBJECT_LIMIT_PROCESS_MEMORY | windows.JOB_OBJECT_LIMIT_PROCESS_TIME |
		windows.JOB_OBJECT_LIMIT_ACTIVE_PROCESS | windows.JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION
	basic.ActiveProcessLimit = 1
	basic.PerProcessUserTimeLimit = 4 * l.Time.Nanoseconds() / 100 // in 100 ns
	limits.ProcessMemoryLimit = uintptr(l.MemoryBytes)
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err != nil {
		return err
	}
	return windows.AssignProcessToJobObject(job, windows.CurrentProcess())
}

// hide keeps a console from opening for the process.
func hide(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

// noHeap keeps the heap out of what Windows Error Reporting writes of a program
// that failed (WER_FAULT_REPORTING_FLAG_NOHEAP, werapi.h).
const noHeap = 1

// NoDumps keeps the program's memory, in which keys and patients are while a
// store is unlocked, out of error reports: no report without a person, and none
// with the heap.
func NoDumps() {
	windows.SetErrorMode(windows.SEM_FAILCRITICALERRORS | windows.SEM_NOGPFAULTERRORBOX)
	_, _, _ = windows.NewLazySystemDLL("kernel32.dll").NewProc("WerSetFlags").Call(noHeap) // only advice
}
