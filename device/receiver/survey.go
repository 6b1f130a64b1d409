package receiver

import (
	"context"
	"errors"

	"tracedesk/device/receiver/wire"
)

// surveyed bounds how many pages of one partition a survey reads: the newest.
const surveyed = 200

// survey reads, for a capture, every partition that the read left aside, but the
// one with the nickname. Nothing of it goes into the result but the names of
// what cannot be read; what fails is passed over, since the read is over.
func (s *readout) survey(ctx context.Context) {
	for p := range wire.Defined {
		if p == wire.PCSoftwareParameter || s.data.pages[p] > 0 {
			continue
		}
		at, err := s.pageRange(ctx, p)
		if errors.Is(err, ErrUnplugged) || ctx.Err() != nil {
			return
		}
		if err != nil || at == nil {
			continue
		}
		if at.last-at.first >= surveyed {
			at.first = at.last - surveyed + 1
		}
		s.progress(0, 0, "capturing "+p.String())
		if s.surveyPartition(ctx, p, *at) != nil {
			return
		}
	}
}

func (s *readout) surveyPartition(ctx context.Context, p wire.Partition, at span) error {
	for next := at.first; next <= at.last; next++ {
		_, err := s.pagesFrom(ctx, 1, p, next, 1)
		if errors.Is(err, ErrUnplugged) || errors.Is(err, ErrSilent) || ctx.Err() != nil {
			return err
		}
	}
	return nil
}
