package workflow

import (
	"context"
	"errors"
	"time"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/device/export"
	"tracedesk/device/receiver"
	"tracedesk/device/simulator"
	"tracedesk/storage"
)

// DemoUser is the only user of the demo's store. Its recovery key is thrown away.
var DemoUser = clinic.User{Login: "demo", Name: "Demo User", Credential: "MD"}

// DemoPassphrase opens the demo's store, which holds nothing of a real patient.
const DemoPassphrase = "only for the demo"

// OpenDemo opens the demonstration's store in the folder, and makes it if need
// be: marked as one on every screen and page.
func OpenDemo(dir string) (*storage.Store, error) {
	s, err := storage.Open(dir)
	if errors.Is(err, storage.ErrNoStore) {
		if s, _, err = storage.Create(dir,
			storage.Setup{Administrator: DemoUser, Passphrase: []byte(DemoPassphrase)}); err != nil {
			return nil, err
		}
		settings := clinic.DefaultSettings()
		settings.Demo = true
		return s, s.SaveSettings(settings)
	}
	if err != nil {
		return nil, err
	}
	if err := s.Unlock(DemoUser.Login, []byte(DemoPassphrase)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// demoIntake is the bundled recording, played by the simulated receiver and read
// from it, and its made-up patient.
func demoIntake(ctx context.Context) (*Intake, clinic.Patient, error) {
	f, err := export.Bundled(ctx)
	if err != nil {
		return nil, clinic.Patient{}, err
	}
	played, err := simulator.New(simulator.Options{
		Generation: simulator.ProReader, Serial: "SM00000000", Wears: []simulator.Wear{{Recording: f.Recordings[0]}},
	})
	if err != nil {
		return nil, clinic.Patient{}, err
	}
	r, err := readPlayed(ctx, played, receiver.Options{})
	if err != nil {
		return nil, clinic.Patient{}, err
	}
	// A Pro reader logs no meals: what the patient wrote down is added as the
	// practice would type it.
	addLogged(r.Recordings[0], f.Recordings[0])
	return FromReceiver(r), FromFile(f, clinic.DefaultSettings()).Named, nil
}

// addLogged gives a recording the events of another one of the same wear, on its
// own device clock.
func addLogged(to, from *cgm.Recording) {
	shift := to.Readings[0].System - from.Readings[0].System
	for _, e := range from.Events {
		e.System += shift
		to.Events = append(to.Events, e)
	}
}

// demoPatient is the made-up patient, who is added to the store the first time.
func demoPatient(s *storage.Store, p clinic.Patient) (clinic.Patient, error) {
	patients, err := s.Patients()
	if err != nil {
		return p, err
	}
	for _, known := range patients {
		if known.Identifier == p.Identifier {
			return known, nil
		}
	}
	return s.SavePatient(p)
}

// StoreDemo stores the bundled recording, read from the simulated receiver, with
// its made-up patient, and gives the wear.
func StoreDemo(ctx context.Context, s *storage.Store, now time.Time) (wearID string, err error) {
	from, named, err := demoIntake(ctx)
	if err != nil {
		return "", err
	}
	patient, err := demoPatient(s, named)
	if err != nil {
		return "", err
	}
	stored, err := from.Store(s, patient, from.Recordings, false, now)
	if err != nil {
		return "", err
	}
	return stored[0].WearID, nil
}
