package present

import (
	"fmt"
	"strconv"
	"strings"

	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/stock"
	"tracedesk/clinic/wording"
	"tracedesk/ui/say"
	"tracedesk/workflow"
)

// SaveSettings keeps the practice's settings.
func (d Office) SaveSettings(s clinic.Settings) error { return d.Store.SaveSettings(s) }

// Profiles are the payer profiles, each in its latest version.
func (d Office) Profiles() ([]billing.PayerProfile, error) { return d.Store.Profiles() }

// Devices are the inventory.
func (d Office) Devices() ([]stock.Device, error) { return d.Store.Devices() }

// ProfileLine is a payer profile in words.
func ProfileLine(p billing.PayerProfile) string {
	parts := []string{say.L("hours ") + string(p.Hours)}
	switch {
	case p.CalendarMonth && p.ThirtyDays:
		parts = append(parts, say.L("once a calendar month and 30 days apart"))
	case p.CalendarMonth:
		parts = append(parts, say.L("once a calendar month"))
	case p.ThirtyDays:
		parts = append(parts, say.L("30 days apart"))
	}
	for _, code := range billing.Codes {
		if n := p.YearlyCap[code]; n > 0 {
			parts = append(parts, fmt.Sprintf(say.L("%s at most %d a year"), code, n))
		}
	}
	if p.PriorAuthorisation {
		parts = append(parts, say.L("prior authorisation"))
	}
	if p.HomeRemoval {
		parts = append(parts, say.L("removal at home allowed"))
	}
	return fmt.Sprintf(say.L("%s, version %d: %s. From: %s"), p.Name, p.Version, strings.Join(parts, ", "),
		orNotNamed(strings.TrimSpace(p.Source+" "+p.Date)))
}

// ExportProfile writes a payer profile into the folder and gives its path.
func (d Office) ExportProfile(p billing.PayerProfile, dir string) (string, error) {
	return workflow.SaveProfile(p, workflow.InFolder(dir))
}

// ImportProfile saves a payer profile from a file, as its next version or a new
// one.
func (d Office) ImportProfile(path string) (billing.PayerProfile, error) {
	return workflow.ImportProfile(d.Store, path)
}

// HoursChoices are the ways in which payers count the 72 hours.
var HoursChoices = []billing.HoursRule{billing.HoursCaptured, billing.HoursSpan}

// CapPeriods are the periods of a yearly cap.
var CapPeriods = []billing.CapPeriod{billing.CalendarYear, billing.TwelveMonths}

// CapText is a yearly cap as it is typed, empty for none.
func CapText(p billing.PayerProfile, code clinic.Code) string {
	if n := p.YearlyCap[code]; n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}

// SaveProfile keeps a payer profile as its next version, or a new one. Its yearly
// caps are given as they were typed, in the order of billing.Codes; an empty one is none.
func (d Office) SaveProfile(p billing.PayerProfile, caps []string, further string) error {
	p.YearlyCap = map[clinic.Code]int{}
	for i, text := range caps {
		n, err := wholeNumber(text)
		if err != nil {
			return err
		}
		if n > 0 {
			p.YearlyCap[billing.Codes[i]] = n
		}
	}
	p.DoNotCombine = strings.FieldsFunc(further, func(r rune) bool { return r == ',' || r == ' ' })
	_, err := d.Store.SaveProfile(p)
	return err
}

// wholeNumber is a number as it was typed, 0 for none.
func wholeNumber(text string) (int, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("“%s” is not a whole number", text)
	}
	return n, nil
}

// SaveDevice keeps a device of the practice; an empty count leaves it as it was.
func (d Office) SaveDevice(x stock.Device, count string) error {
	n, err := wholeNumber(count)
	if err != nil {
		return err
	}
	if strings.TrimSpace(count) != "" {
		x.Count = n
	}
	_, err = d.Store.SaveDevice(x)
	return err
}

// DeviceLine is a line of the inventory in words.
func (d Office) DeviceLine(x stock.Device) string { return x.Line(workflow.Today(d.Now())) }

// Services are the services of a month, written YYYY-MM, for the biller.
func (d Office) Services(month string) ([]billing.ServiceLine, error) {
	return workflow.ServiceLines(d.Store, month)
}

// ThisMonth is the month on the workstation's clock, YYYY-MM.
func (d Office) ThisMonth() string { return d.Now().Format("2006-01") }

// ServiceText is a service in words, for the biller's list.
func ServiceText(l billing.ServiceLine) string {
	amount := say.L("no amount in the practice's table")
	if l.Expected != nil {
		amount = say.L("expected ") + billing.Dollars(*l.Expected)
	}
	return fmt.Sprintf("%s · %s · %s · %s · %s. %s", l.Date, l.Code, l.Patient, l.Payer, amount, l.Status.Sentence())
}

// FeeLines are the practice's own amounts, in words.
func (d Office) FeeLines() (out []string, err error) {
	fees, err := d.Store.Fees()
	for _, f := range fees {
		line := fmt.Sprintf("%s · %s · %d · %s", f.Payer, f.Code, f.Year, billing.Dollars(f.Cents))
		if f.Outpatient {
			line += say.L(" · outpatient schedule, counted apart")
		}
		out = append(out, line)
	}
	return out, err
}

// SaveFee keeps an amount as typed.
func (d Office) SaveFee(payer, code, year, amount string, outpatient bool) error {
	cents, err := billing.Cents(amount)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(strings.TrimSpace(year)) // 0 is refused as no year
	return d.Store.SaveFee(billing.Fee{
		Payer: strings.TrimSpace(payer), Code: clinic.Code(strings.TrimSpace(code)), Year: n, Cents: cents,
		Outpatient: outpatient,
	})
}

// SaveServices writes the services of a month into the folder.
func (d Office) SaveServices(month, dir string) (string, error) {
	return workflow.DeliverServices(d.Store, month, workflow.InFolder(dir))
}

// Tray lists the recordings that wait for an owner.
func (d Reading) Tray() ([]workflow.TrayLine, error) { return workflow.Tray(d.Store) }

// FromTray gives a recording of the tray to a wear, or to a patient.
func (d Reading) FromTray(id, wearID string, p clinic.Patient, confirmed bool) (Stored, error) {
	k, err := d.Store.FromTray(id, wearID, p, confirmed)
	return Stored{WearID: k.WearID, Message: wording.Counted(k.New, "reading") + say.L(" taken from the tray.")}, err
}

// SaveLogo keeps the picture at the path as the practice's logo.
func (d Office) SaveLogo(path string) error { return workflow.SaveLogo(d.Store, path) }
