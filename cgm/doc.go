// Package cgm is glucose as a sensor recorded it: a Recording holds the
// readings of one transmitter in the order of the device's own clock, with the
// wall clock that the patient lived by beside each, and everything that is
// computed from them: coverage, metrics, the ambulatory profile, episodes and
// patterns. One number has one function here, and every screen, document and
// command takes it from that function.
//
// The package is pure: no files, no clock, no network, nothing of ours
// imported. It never fills a gap, except on the Grid, which says where, and
// never judges: what the numbers mean for a patient is the clinician's to say.
package cgm
