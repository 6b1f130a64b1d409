// Package workflow is the main job, step by step, without a window: a file becomes
// recordings, recordings are stored with a patient, a stored wear becomes two
// documents, and documents become files. The window and the terminal take the
// same steps through it, so that neither can do what the other does not. It
// holds no widgets and no rules of its own.
package workflow

import (
	"time"

	"tracedesk/cgm"
)

// Today is the day on the workstation's clock.
func Today(now time.Time) cgm.Date { return cgm.NewDate(now.Year(), now.Month(), now.Day()) }
