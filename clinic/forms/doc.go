// Package forms is what people enter of a wear's steps: whether it can be taken,
// and how it is said.
package forms
