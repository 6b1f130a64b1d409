package receiver

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tracedesk/device/receiver/wire"
)

var errNoElement = errors.New("the receiver's answer is no XML element")

// elements are the attributes of the XML elements of the given name, in order.
// Receivers write one element with its facts in attributes, in single or double
// quotes, and at times bytes that no XML may hold; a strict parser would refuse
// the whole for one letter of a product's name.
func elements(b []byte, name string) (out []map[string]string) {
	for {
		at := bytes.Index(b, []byte("<"+name))
		if at < 0 {
			return out
		}
		b = b[at+1+len(name):]
		if len(b) > 0 && b[0] != ' ' && b[0] != '/' && b[0] != '>' {
			continue // a longer name
		}
		var found map[string]string
		found, b = attributesOf(b)
		out = append(out, found)
	}
}

// attributesOf reads the attributes up to the element's end, and gives the rest.
func attributesOf(b []byte) (map[string]string, []byte) {
	out := map[string]string{}
	for {
		b = bytes.TrimLeft(b, " \t\r\n/")
		if len(b) == 0 || b[0] == '>' {
			return out, b
		}
		name, rest, ok := bytes.Cut(b, []byte("="))
		rest = bytes.TrimLeft(rest, " ")
		if !ok || len(rest) == 0 || rest[0] != '\'' && rest[0] != '"' {
			return out, b[1:]
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return out, nil
		}
		out[strings.TrimSpace(string(name))] = unescape.Replace(strings.ToValidUTF8(string(rest[1:1+end]), "\uFFFD"))
		b = rest[end+2:]
	}
}

var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

// element is the attributes of the one element of an XML answer or record.
func element(b []byte, name string) (map[string]string, error) {
	if all := elements(b, name); len(all) > 0 && len(all[0]) > 0 {
		return all[0], nil
	}
	return nil, fmt.Errorf("%w “%s”", errNoElement, name)
}

// isElement says whether an answer is XML with the element of the given name.
func isElement(name string) func([]byte) bool {
	return func(b []byte) bool { return bytes.Contains(b, []byte("<"+name)) }
}

// xmlRecord is the text of an XML record, behind its stamp up to the first NUL.
func xmlRecord(b []byte) []byte {
	b = b[8:]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b
}

// partitionInfo is what the receiver says about a partition.
type partitionInfo struct {
	revision byte
	length   int  // bytes a record, 0 where it does not say
	vague    bool // the revision is no number; the pages have to say
}

// parsePartitionInfo reads which partitions there are. unclear are those whose
// revision is no number.
func parsePartitionInfo(b []byte) (out map[wire.Partition]partitionInfo, unclear []string, err error) {
	all := elements(b, "PartitionInfo")
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("%w “PartitionInfo”", errNoElement)
	}
	info := all[0]
	if n := info["PageDataLength"]; n != "" && n != strconv.Itoa(wire.DataBytes) {
		return nil, nil, fmt.Errorf("its pages hold %s bytes, not %d", n, wire.DataBytes)
	}
	if v := info["PageHeaderVersion"]; v != "" && v != "1" {
		return nil, nil, fmt.Errorf("its pages have headers of version %s, not 1", v)
	}
	out = map[wire.Partition]partitionInfo{}
	for _, p := range elements(b, "Partition") {
		id, err := strconv.ParseUint(p["Id"], 10, 8)
		if err != nil {
			unclear = append(unclear, fmt.Sprintf("a partition with the number “%s”", p["Id"]))
			continue
		}
		revision, err := strconv.ParseUint(p["RecordRevision"], 10, 8)
		found := partitionInfo{revision: byte(revision), vague: err != nil}
		if length, err := strconv.Atoi(p["RecordLength"]); err == nil {
			found.length = length
		}
		if found.vague {
			unclear = append(unclear, fmt.Sprintf("%s with records of revision “%s”", wire.Partition(id), p["RecordRevision"]))
		}
		out[wire.Partition(id)] = found
	}
	return out, unclear, nil
}

// known says whether the partition's records have a layout that is known.
func (i partitionInfo) known(p wire.Partition) error {
	if i.vague {
		return nil
	}
	length := wire.RecordLength(p, i.revision)
	if length == 0 || i.length != 0 && i.length != length {
		return &UnknownLayoutError{p, i.revision, i.length}
	}
	return nil
}
