package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tracedesk/cgm"
	"tracedesk/clinic"
	"tracedesk/clinic/billing"
	"tracedesk/clinic/steps"
	"tracedesk/clinic/stock"
	"tracedesk/storage"
	"tracedesk/workflow"
)

func profileCommand() *cobra.Command {
	group := commandGroup("profile", "How payers read the rules: list, save and export payer profiles")
	list := withStore(command("list --store DIR", "List the payer profiles"), runProfiles)
	save := withStore(command("save --store DIR --file PROFILE.json",
		"Save a payer profile as its next version, or a new one"), runSaveProfile)
	save.Flags().String("file", "",
		"the profile as JSON, as “profile export” writes it; without an id it is a new one, and missing fields are strict")
	export := withStore(command("export --store DIR --profile ID --file PROFILE.json",
		"Write a payer profile to a file, for another practice"), runExportProfile)
	export.Flags().String("profile", "", "the profile's id")
	export.Flags().String("file", "", "where it goes")
	group.AddCommand(list, save, export)
	return group
}

func runProfiles(cmd *cobra.Command, s *storage.Store, _ []string) error {
	all, err := s.Profiles()
	if err != nil {
		return err
	}
	return answer(cmd, map[string][]billing.PayerProfile{"profiles": all}, func(w io.Writer) {
		for _, p := range all {
			fmt.Fprintf(w, "%s  %s, version %d, from %s %s\n", p.ID, p.Name, p.Version, p.Source, p.Date)
		}
	})
}

func runSaveProfile(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "file"); err != nil {
		return err
	}
	path := flagText(cmd, "file")
	p, err := workflow.ImportProfile(s, path)
	if err != nil {
		return err
	}
	return answer(cmd, p, func(w io.Writer) { fmt.Fprintf(w, "%s  %s, version %d\n", p.ID, p.Name, p.Version) })
}

func runExportProfile(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "profile", "file"); err != nil {
		return err
	}
	id := flagText(cmd, "profile")
	path := flagText(cmd, "file")
	all, err := s.Profiles()
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.ID != id {
			continue
		}
		if _, err := workflow.SaveProfile(p, workflow.AtPath(path)); err != nil {
			return err
		}
		return answer(cmd, map[string]string{"path": path}, func(w io.Writer) { fmt.Fprintln(w, path) })
	}
	return fmt.Errorf("payer profile %s: %w", id, storage.ErrNotAny)
}

func billingCommand() *cobra.Command {
	group := commandGroup("services", "For the biller: the services of a month, the fee table, denials")
	month := withStore(command("month --store DIR --month YYYY-MM", "List the services of a month"), runMonth)
	month.Flags().String("month", "", "the month, YYYY-MM")
	month.Flags().String("csv", "", "write the list to this CSV file, too")
	fee := withStore(command("fee --store DIR --payer NAME --code CODE --year YYYY --amount DOLLARS",
		"Set an amount of the practice's own fee table"), runFee)
	fee.Flags().String("payer", "", "the payer profile's name")
	fee.Flags().String("code", "", "95250 or 95251")
	fee.Flags().Int("year", 0, "the year of service")
	fee.Flags().String("amount", "", "dollars and cents")
	fee.Flags().Bool("outpatient", false, "paid under an outpatient schedule: kept apart in sums")
	elsewhere := withStore(command("add --store DIR --patient ID --code CODE --date YYYY-MM-DD",
		"Enter a service that was done elsewhere, for the month guard"), runElsewhere)
	elsewhere.Flags().String("patient", "", "the patient's id or record number")
	elsewhere.Flags().String("code", "", "the code")
	elsewhere.Flags().String("date", "", "the date of service")
	elsewhere.Flags().String("where", "", "where")
	list := withStore(command("list --store DIR --patient ID", "List a patient's services and the next free dates"),
		runServices)
	list.Flags().String("patient", "", "the patient's id or record number")
	group.AddCommand(month, fee, elsewhere, list)
	return group
}

func runMonth(cmd *cobra.Command, s *storage.Store, _ []string) error {
	name := flagText(cmd, "month")
	lines, err := workflow.ServiceLines(s, name)
	switch {
	case errors.Is(err, workflow.ErrMonth):
		return usageError{err}
	case err != nil:
		return err
	}
	if path := flagText(cmd, "csv"); path != "" {
		if _, err := workflow.DeliverServices(s, name, workflow.AtPath(path)); err != nil {
			return err
		}
	}
	medical, outpatient := billing.ExpectedTotals(lines)
	out := map[string]any{
		"month": name, "expected_cents": medical, "expected_outpatient_cents": outpatient,
		"services": append([]billing.ServiceLine{}, lines...),
		"denials":  append([]billing.DenialCount{}, billing.CountDenials(lines)...),
	}
	return answer(cmd, out, func(w io.Writer) {
		for _, l := range lines {
			amount := "no amount"
			if l.Expected != nil {
				amount = billing.Dollars(*l.Expected)
			}
			fmt.Fprintf(w, "%s  %s  %s  %s  %s\n    %s\n", l.Date, l.Code, l.Patient, l.Payer, amount, l.Status.Sentence())
		}
		fmt.Fprintf(w, "expected by the practice's table: %s; under an outpatient schedule: %s\n", billing.Dollars(medical),
			billing.Dollars(outpatient))
		for _, d := range billing.CountDenials(lines) {
			fmt.Fprintf(w, "denied %d times: %s (%s)\n", d.Count, d.Reason, d.Rule)
		}
	})
}

func runFee(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "payer", "code", "amount"); err != nil {
		return err
	}
	var f billing.Fee
	f.Payer = flagText(cmd, "payer")
	code := flagText(cmd, "code")
	f.Code = clinic.Code(code)
	f.Year, _ = cmd.Flags().GetInt("year")
	f.Outpatient = flagSet(cmd, "outpatient")
	amount := flagText(cmd, "amount")
	var err error
	if f.Cents, err = billing.Cents(amount); err != nil {
		return usageError{err}
	}
	if err := f.Validate(); err != nil {
		return usageError{err}
	}
	if err := s.SaveFee(f); err != nil {
		return err
	}
	return answer(cmd, f, func(w io.Writer) {
		fmt.Fprintf(w, "%s, %s, %d: %s\n", f.Payer, f.Code, f.Year, billing.Dollars(f.Cents))
	})
}

func runElsewhere(cmd *cobra.Command, s *storage.Store, _ []string) error {
	if err := required(cmd, "patient", "code", "date"); err != nil {
		return err
	}
	p, err := patientNamed(s, flagText(cmd, "patient"))
	if err != nil {
		return err
	}
	day, err := cgm.ParseDate(flagText(cmd, "date"))
	if err != nil {
		return usageError{err}
	}
	x := clinic.Service{Code: clinic.Code(flagText(cmd, "code")), Date: day, Where: flagText(cmd, "where")}
	if err := x.Validate(); err != nil {
		return usageError{err}
	}
	if err := s.AddService(p.ID, x); err != nil {
		return err
	}
	return answer(cmd, map[string]string{"patient_id": p.ID, "code": string(x.Code), "date": day.String()},
		func(w io.Writer) { fmt.Fprintf(w, "%s on %s is entered for %s\n", x.Code, day, p.Name()) })
}

type serviceJSON struct {
	Code   clinic.Code `json:"code"`
	Date   string      `json:"date"`
	Where  string      `json:"where,omitempty"`
	WearID string      `json:"wear_id,omitempty"`
}

func runServices(cmd *cobra.Command, s *storage.Store, _ []string) error {
	p, err := patientOf(cmd, s)
	if err != nil {
		return err
	}
	all, err := s.Services(p.ID)
	if err != nil {
		return err
	}
	next, years := map[clinic.Code]string{}, map[clinic.Code]map[string]int{}
	for _, free := range workflow.FreeDates(all, workflow.Today(time.Now())) {
		next[free.Code], years[free.Code] = free.Next.String(), free.PerYear
	}
	services := []serviceJSON{}
	for _, x := range all {
		services = append(services, serviceJSON{x.Code, x.Date.String(), x.Where, x.WearID})
	}
	return answer(cmd, map[string]any{"services": services, "per_year": years, "next_free_strict": next},
		func(w io.Writer) {
			for _, x := range services {
				fmt.Fprintln(w, strings.TrimSpace(fmt.Sprintf("%s  %s  %s%s", x.Date, x.Code, x.Where, x.WearID)))
			}
			for _, code := range billing.Codes {
				fmt.Fprintf(w, "next free date for %s, strictly: %s\n", code, next[code])
			}
		})
}

func codesCommand() *cobra.Command {
	return &cobra.Command{Use: "codes [CODE]", Short: "Explain 95249, 95250 and 95251, each statement with its source",
		RunE: func(cmd *cobra.Command, args []string) error {
			pages := billing.CodePages
			if len(args) == 1 {
				pages = nil
				for _, p := range billing.CodePages {
					if string(p.Code) == args[0] {
						pages = append(pages, p)
					}
				}
			}
			if len(pages) == 0 || len(args) > 1 {
				return usageError{errors.New("name one of 95249, 95250, 95251, or none for all")}
			}
			return answer(cmd, map[string][]billing.CodePage{"codes": pages}, func(w io.Writer) {
				for _, p := range pages {
					printCode(w, p)
				}
			})
		}}
}

func printCode(w io.Writer, p billing.CodePage) {
	fmt.Fprintf(w, "%s: %s\n", p.Code, p.Title)
	for _, s := range p.Sections {
		fmt.Fprintf(w, "\n%s\n", s.Heading)
		for _, x := range s.Statements {
			fmt.Fprintf(w, "  %s\n      (%s, %s)\n", x.Text, x.Source, x.Date)
		}
	}
	fmt.Fprintf(w, "\n%s\n\n", p.Notice)
}

func inventoryCommand() *cobra.Command {
	group := commandGroup("inventory", "Readers, transmitters and sensors: where they are, expiry, last cleaning")
	list := withStore(command("list --store DIR", "List the inventory"), runInventory)
	save := withStore(command("save --store DIR --kind KIND", "Add a line to the inventory, or change one"),
		runSaveDevice)
	f := save.Flags()
	f.String("device", "", "the line to change, by its id")
	for name, usage := range map[string]string{
		"kind": "reader, transmitter or sensor", "serial": "the serial", "lot": "the lot, of sensors",
		"expiry": "expiry, YYYY-MM-DD",
		"place":  "where it is", "cleaned-at": "when it was last cleaned, YYYY-MM-DD",
		"cleaned-by": "by whom: a user, or “Name, Credential”",
	} {
		f.String(name, "", usage)
	}
	f.Int("count", 0, "how many sensors")
	f.Bool("retired", false, "not in use any more")
	group.AddCommand(list, save)
	return group
}

func runInventory(cmd *cobra.Command, s *storage.Store, _ []string) error {
	all, err := s.Devices()
	if err != nil {
		return err
	}
	today := workflow.Today(time.Now())
	return answer(cmd, map[string][]stock.Device{"devices": append([]stock.Device{}, all...)}, func(w io.Writer) {
		for _, d := range all {
			fmt.Fprintf(w, "%s  %s\n", d.ID, d.Line(today))
		}
	})
}

func runSaveDevice(cmd *cobra.Command, s *storage.Store, _ []string) error {
	var d stock.Device
	f := cmd.Flags()
	if id, _ := f.GetString("device"); id != "" {
		all, err := s.Devices()
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.ID == id {
				d = x
			}
		}
		if d.ID == "" {
			return fmt.Errorf("device %s: %w", id, storage.ErrNotAny)
		}
	}
	in, err := workflow.NewStepInput(s, &steps.Record{})
	if err != nil {
		return err
	}
	for name, put := range map[string]func(string){
		"kind": func(v string) { d.Kind = stock.DeviceKind(v) }, "serial": func(v string) { d.Serial = v },
		"lot":    func(v string) { d.Lot = v },
		"expiry": func(v string) { d.Expiry = v }, "place": func(v string) { d.Place = v },
		"cleaned-at": func(v string) { d.CleanedAt = v },
		"cleaned-by": func(v string) { d.CleanedBy = in.Person(v) },
	} {
		if f.Changed(name) {
			v, _ := f.GetString(name)
			put(v)
		}
	}
	if f.Changed("count") {
		d.Count, _ = f.GetInt("count")
	}
	if f.Changed("retired") {
		d.Retired, _ = f.GetBool("retired")
	}
	if err := d.Validate(); err != nil {
		return usageError{err}
	}
	if d, err = s.SaveDevice(d); err != nil {
		return err
	}
	return answer(cmd, d, func(w io.Writer) { fmt.Fprintf(w, "%s  %s\n", d.ID, d.Name()) })
}
