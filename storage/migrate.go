package storage

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"tracedesk/clinic"
	"tracedesk/storage/engine"
	"tracedesk/storage/engine/bolt"
)

// A store of version 1 was not sealed: a value was a byte 1, the CRC-32C of
// bucket, key and value, and the value.
const (
	keyFormatV1 = "format"
	markerV1    = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func crcV1(bucket, key string, value []byte) uint32 {
	sum := crc32.Update(0, castagnoli, []byte(bucket+"\x00"+key+"\x00"))
	return crc32.Update(sum, castagnoli, value)
}

func openV1(bucket, key string, stored []byte) ([]byte, error) {
	if len(stored) < 5 || stored[0] != markerV1 {
		return nil, fmt.Errorf("%s %s: %w", bucket, key, ErrDamaged)
	}
	if binary.LittleEndian.Uint32(stored[1:]) != crcV1(bucket, key, stored[5:]) {
		return nil, fmt.Errorf("%s %s: %w", bucket, key, ErrDamaged)
	}
	return stored[5:], nil
}

// BackupNameV1 is the backup of the unsealed file that migrating leaves beside
// the store, encrypted for the recovery key.
const BackupNameV1 = "tracedesk-before-sealing.db.age"

// Migrate seals a store of version 1, all of it or nothing, and opens it for
// its administrator. The earlier file is kept as an age file for the recovery
// key, and then overwritten.
func Migrate(dir string, setup Setup) (s *Store, recoveryKey []byte, err error) {
	path := filepath.Join(dir, FileName)
	made := path + ".sealed"
	if err := setup.prepare(); err != nil {
		return nil, nil, err
	}
	_ = os.Remove(made) // of a time that was cut off
	old, err := bolt.Open(path)
	if err != nil {
		return nil, nil, err
	}
	s, recoveryKey, err = create(made, setup)
	if err != nil {
		return nil, nil, errors.Join(err, old.Close())
	}
	err = old.View(func(e engine.Tx) error {
		return s.update(Entry{Act: ActMigrated, Kind: kindStore, ID: s.header.Store},
			func(t *tx) error { return t.takeV1(e) })
	})
	if err == nil {
		_, faults := s.Verify()
		err = errors.Join(faults...)
	}
	if err == nil {
		err = s.keepV1(path, filepath.Join(dir, BackupNameV1))
	}
	err = errors.Join(err, s.Close(), old.Close())
	if err == nil {
		err = replace(path, made)
	}
	if err != nil {
		_ = os.Remove(made)
		return nil, nil, fmt.Errorf("sealing the store: %w", err)
	}
	if s, err = Open(dir); err != nil {
		return nil, recoveryKey, err
	}
	if err := s.Unlock(setup.Administrator.Login, setup.Passphrase); err != nil {
		return nil, recoveryKey, errors.Join(err, s.Close())
	}
	return s, recoveryKey, nil
}

// takeV1 seals the values of a store of version 1.
func (t *tx) takeV1(old engine.Tx) error {
	each := func(bucket string, f func(key string, value []byte) error) error {
		return old.Scan(bucket, "", func(key string, stored []byte) error {
			value, err := openV1(bucket, key, stored)
			if err != nil {
				return err
			}
			return f(key, value)
		})
	}
	heads := map[string]*stored{}
	owners := map[string]string{} // wears of recordings and files
	note := errors.Join(
		each(bucketWears, func(key string, value []byte) error {
			var w clinic.Wear
			err := fromJSON(bucketWears, key, value, &w)
			owners[nameOf(bucketRecordings, w.RecordingID)] = wearOwner(w.ID)
			return err
		}),
		each(bucketDocuments, func(key string, value []byte) error {
			var d clinic.Document
			err := fromJSON(bucketDocuments, key, value, &d)
			owners[nameOf(bucketFiles, d.ID)] = wearOwner(d.WearID)
			return err
		}))
	if note != nil {
		return note
	}
	return errors.Join(
		each(bucketMeta, func(key string, value []byte) error {
			if key != keySettings {
				return nil
			}
			return t.put(bucketMeta, key, value)
		}),
		each(bucketPatients, func(key string, value []byte) error {
			var p clinic.Patient
			if err := fromJSON(bucketPatients, key, value, &p); err != nil {
				return err
			}
			return t.putPatient(p)
		}),
		each(bucketRecordings, func(key string, value []byte) error {
			full, err := unpack(value)
			if err != nil {
				return fmt.Errorf("recording %s: %w", key, err)
			}
			packed, head := pack(full)
			head.Recording.Readings = nil // not all recordings of a store at once
			heads[key] = &head
			return t.putOf(cmp.Or(owners[nameOf(bucketRecordings, key)], bucketRecordings), bucketRecordings, key, packed)
		}),
		each(bucketDocuments, func(key string, value []byte) error {
			var d clinic.Document
			if err := fromJSON(bucketDocuments, key, value, &d); err != nil {
				return err
			}
			return t.putJSON(bucketDocuments, documentKey(d), d)
		}),
		each(bucketWears, func(key string, value []byte) error {
			var w clinic.Wear
			if err := fromJSON(bucketWears, key, value, &w); err != nil {
				return err
			}
			head := heads[w.RecordingID]
			if head == nil {
				return fmt.Errorf("wear %s: its recording is missing: %w", key, ErrDamaged)
			}
			return t.refresh(summarise(w, head))
		}),
		each(bucketFiles, func(key string, value []byte) error {
			return t.putOf(cmp.Or(owners[nameOf(bucketFiles, key)], bucketFiles), bucketFiles, key, value)
		}),
	)
}

// keepV1 writes the unsealed file, encrypted, beside the store.
func (s *Store) keepV1(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keeping the unsealed store: %w", err)
	}
	out, _, err := s.keyring().EncryptSelf(f)
	if err == nil {
		if _, err = io.Copy(out, in); err == nil {
			err = out.Close()
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(to)
		return fmt.Errorf("keeping the unsealed store: %w", err)
	}
	return nil
}
