// Package clinic is the practice around a recording: its patients, users and
// settings, what the 72-hour check says of a recording, what is interpreted and
// signed, and which documents are issued. It imports cgm only. It never decides
// that a service is payable and never suggests a treatment: it says which
// documentation is there, and describes.
//
// Rooms of its own stand on it: steps for what is recorded of a wear, billing for
// what payers ask, forms for what people enter, wording for numbers and findings
// in words, stock for the devices.
package clinic
