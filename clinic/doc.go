// Package clinic is the practice around a recording: whom it belongs to, what
// the 72-hour check says of it, and how the numbers are worded for people. It
// imports cgm only. It never decides that a service is payable and never
// suggests a treatment: it says which documentation is there, and describes.
package clinic
