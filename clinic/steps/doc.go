// Package steps is the way of one wear through the practice. A Record is one line
// of its history, which is only added to: a correction is another record of the
// same step. A Case is all that is known of the wear, and its Brief says where it
// stands in the practice's work. Which payer pays for what, this package does not
// know.
package steps
