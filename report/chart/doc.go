// Package chart draws every chart of the program once, on a small Surface:
// one for paper, one for the screen, so that what is seen is what is printed.
// Charts show readings as they are: gaps stay open, values beyond the sensor's
// limits are marked at the edge, the glucose axis is the same on every chart.
// Lengths are in points, 1/72 inch; y grows downwards.
package chart
