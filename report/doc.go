// Package report makes the two PDFs: the printout of the recording (for CPT
// 95250) and the clinician's interpretation (for CPT 95251). It takes every
// number from cgm and clinic and computes none. Charts come from report/chart.
//
// The grid is one for all pages: margins of 45 points at the sides, type of
// 18, 12, 10 and 8.8 points and 8 for the footer, and one palette that also
// reads in grey.
package report
