package receiver

import "testing"

// TestATextThatIsNoIDNamesNoTransmitter: a recording's CSV holds the id as it is.
func TestATextThatIsNoIDNamesNoTransmitter(t *testing.T) {
	for field, want := range map[string]string{
		"8A1B2C": "8A1B2C", "8A1B2\x00": "8A1B2", "888888": "", "8A,B2C": "", `8A"B2C`: "", "8A\nB2C": "", "8A\rB2C": "",
	} {
		if got := transmitterID([]byte(field)); got != want {
			t.Errorf("%q is read as %q, not %q", field, got, want)
		}
	}
}
