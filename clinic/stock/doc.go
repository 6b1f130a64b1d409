// Package stock is the practice's inventory: readers and transmitters by their
// serial, sensors by their lot, and what a wear's steps change of them.
package stock
