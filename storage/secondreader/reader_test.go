// Package secondreader_test is the proof of docs/format.md: it reads a store and a
// backup with what that document says, and with nothing of package storage. It
// holds a test alone.
package secondreader_test

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
	"go.etcd.io/bbolt"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

type slot struct {
	Format                       int
	UserID, Login, Recipient     string
	Salt, Identity, Data, Author []byte
	Cost                         struct {
		Passes  uint32
		Memory  uint32 `json:"memory_kib"`
		Threads uint8
	}
}

func (s *slot) UnmarshalJSON(b []byte) error {
	type plain slot
	v := struct {
		*plain
		ID string `json:"user_id"`
	}{plain: (*plain)(s)}
	err := json.Unmarshal(b, &v)
	s.UserID = v.ID
	return err
}

type header struct {
	Version  int
	Store    string
	Recovery struct {
		Recipient    string
		Data, Author []byte
	}
}

// open is XChaCha20-Poly1305 with the nonce before the ciphertext.
func open(key, sealed []byte, bound string) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < 24 {
		return nil, errors.New("too short")
	}
	return aead.Open(nil, sealed[:24], sealed[24:], []byte(bound))
}

// identity opens a user's slot with the passphrase.
func identity(slots []slot, login, passphrase string) (who *age.X25519Identity, founding string, err error) {
	for _, s := range slots {
		if s.Login != login {
			continue
		}
		key := argon2.IDKey([]byte(passphrase), s.Salt, s.Cost.Passes, s.Cost.Memory, s.Cost.Threads, 32)
		bound := fmt.Sprintf("slot3\x00%s\x00%s\x00%s\x00%d\x00%d\x00%d\x00%s",
			s.UserID, s.Login, hex.EncodeToString(s.Salt), s.Cost.Passes, s.Cost.Memory, s.Cost.Threads, s.Recipient)
		text, err := open(key, s.Identity, bound)
		var in struct{ Identity, Founding string }
		if err != nil || s.Format != 3 || json.Unmarshal(text, &in) != nil {
			return nil, "", errors.New("the slot does not open")
		}
		who, err := age.ParseX25519Identity(in.Identity)
		return who, in.Founding, err
	}
	return nil, "", errors.New("no such user")
}

// values are the sealed bytes of a store or backup, by bucket and key.
type values map[string]map[string][]byte

func (v values) put(bucket, key string, value []byte) {
	if v[bucket] == nil {
		v[bucket] = map[string][]byte{}
	}
	v[bucket][key] = bytes.Clone(value)
}

func readFile(path string) (values, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	out := values{}
	return out, db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error { out.put(string(name), string(k), v); return nil })
		})
	})
}

// readBackup reads what is inside a backup's age file.
func readBackup(r io.Reader) (values, error) {
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	rest, ok := bytes.CutPrefix(all, []byte("TDBACKUP2"))
	if !ok {
		return nil, errors.New("no backup")
	}
	part := func() ([]byte, error) {
		n, used := binary.Uvarint(rest)
		if used <= 0 || n > uint64(len(rest)-used) {
			return nil, errors.New("cut off")
		}
		out := rest[used : used+int(n)]
		rest = rest[used+int(n):]
		return out, nil
	}
	out := values{}
	for {
		var parts [3][]byte
		for i := range parts {
			if parts[i], err = part(); err != nil {
				return nil, err
			}
		}
		if len(parts[0]) == 0 {
			break
		}
		out.put(string(parts[0]), string(parts[1]), parts[2])
	}
	if sum := sha256.Sum256(all[:len(all)-len(rest)]); !bytes.Equal(rest, sum[:]) {
		return nil, errors.New("wrong sum")
	}
	return out, nil
}

// backupSlots finds the slots in a backup's head, which is text: a stanza's
// arguments, then its body in lines of 64 characters of base64.
func backupSlots(b []byte) (slots []slot, err error) {
	_, rest, ok := bytes.Cut(b, []byte("-> tracedesk-slots 1 "))
	if !ok {
		return nil, errors.New("no stanza of slots")
	}
	words, rest, _ := bytes.Cut(rest, []byte("\n"))
	if w := strings.Fields(string(words)); len(w) != 2 || len(w[0]) != 20 || strings.Trim(w[1], "0123456789") != "" {
		return nil, fmt.Errorf("the stanza of slots names no store and number: %q", words)
	}
	var body []byte
	for len(rest) > 0 {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		body, rest = append(body, line...), after
		if len(line) < 64 {
			break
		}
	}
	text, err := decode64(body)
	if err != nil {
		return nil, err
	}
	return slots, json.Unmarshal(text, &slots)
}

// unseal opens everything but what is not sealed.
func unseal(v values, key []byte) (values, error) {
	out := values{}
	for bucket, entries := range v {
		for k, stored := range entries {
			if bucket == "slots" || bucket == "meta" && (k == "header" || k == "failures" || k == "backed-up") {
				out.put(bucket, k, stored)
				continue
			}
			if len(stored) == 0 || stored[0] != 2 {
				return nil, fmt.Errorf("%s/%s is not sealed", bucket, k)
			}
			plain, err := open(key, stored[1:], bucket+"\x00"+k)
			if err != nil {
				return nil, fmt.Errorf("%s/%s: %w", bucket, k, err)
			}
			out.put(bucket, k, plain)
		}
	}
	return out, nil
}

func dataKey(file []byte, by age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(file), by)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// recording is what a packed recording holds.
type recording struct {
	Head struct {
		PatientID string `json:"patient_id"`
		Count     int
		Check     struct {
			Readings int
			Hash     string `json:"recording_sha256"`
		}
		Recording struct {
			Transmitter string `json:"transmitter_id"`
		}
	}
	Lines []string // of the CSV
}

var flagNames = map[byte]string{0: "", 1: "low", 2: "high"}

func unpack(b []byte) (*recording, error) {
	deflated, ok := bytes.CutPrefix(b, []byte("TDR2"))
	if !ok {
		return nil, errors.New("no recording")
	}
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(deflated)))
	if err != nil {
		return nil, err
	}
	n, used := binary.Uvarint(raw)
	r := &recording{}
	if err := json.Unmarshal(raw[used:used+int(n)], &r.Head); err != nil {
		return nil, err
	}
	raw = raw[used+int(n):]
	count := r.Head.Count
	flags := raw[len(raw)-count:]
	raw = raw[:len(raw)-count]
	varint := func() int64 {
		v, n := binary.Varint(raw)
		raw = raw[n:]
		return v
	}
	system, display, transmitter := make([]int64, count), make([]int64, count), make([]int64, count)
	var last, step int64
	for i := range count {
		step += varint()
		last += step
		system[i] = last
	}
	last = 0
	for i := range count {
		last += varint()
		display[i] = system[i] + last
	}
	last = 0
	for i := range count {
		if flags[i]&8 != 0 {
			last += varint()
			transmitter[i] = system[i] + last
		}
	}
	scale := raw[0]
	raw = raw[1:]
	var value int64
	for i := range count {
		mgdl := 0.0
		if scale == 0 {
			mgdl = math.Float64frombits(binary.LittleEndian.Uint64(raw))
			raw = raw[8:]
		} else {
			value += varint()
			mgdl = float64(value) / float64(scale)
		}
		seconds := ""
		if flags[i]&8 != 0 {
			seconds = strconv.FormatInt(transmitter[i], 10)
		}
		r.Lines = append(r.Lines, fmt.Sprintf("%d,%s,%s,%s,%s,%s,%t", system[i], time.Unix(display[i], 0).UTC().Format("2006-01-02T15:04:05"),
			strconv.FormatFloat(mgdl, 'f', -1, 64), flagNames[flags[i]&3], r.Head.Recording.Transmitter, seconds, flags[i]&4 != 0))
	}
	return r, nil
}

// hash is the SHA-256 of the recording as CSV.
func (r *recording) hash() string {
	text := "system_seconds,display_time,mg_dl,flag,transmitter_id,transmitter_seconds,backfilled\n"
	for _, l := range r.Lines {
		text += l + "\n"
	}
	return hashOf([]byte(text))
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
