package billing

import "tracedesk/clinic"

// CodePage explains one code: what the sources say, each statement with where
// and from when it is. The descriptors are the AMA's and are not given.
type CodePage struct {
	Code     clinic.Code   `json:"code"`
	Title    string        `json:"title"`
	Sections []CodeSection `json:"sections"`
	Notice   string        `json:"notice"`
}

// CodeSection is one question with its statements.
type CodeSection struct {
	Heading    string          `json:"heading"`
	Statements []CodeStatement `json:"statements"`
}

// CodeStatement is what a source says.
type CodeStatement struct {
	Text   string `json:"text"`
	Source string `json:"source"`
	Date   string `json:"date"`
}

// codesNotice ends every page.
const codesNotice = "This informs and guarantees no payment: the payer decides. Policies change; check the " +
	"payer's own before relying on a statement. CPT is a registered trademark of the American Medical Association; " +
	"the official descriptors are in the CPT book."

// The sources of the pages, as the billing reference lists them.
const (
	srcDexcom     = "Dexcom, CGM coding"
	srcDexcomPro  = "Dexcom, G6 Pro reimbursement page"
	srcDexcom2018 = "Dexcom Provider, commercial reimbursement"
	srcAACE       = "AACE, CPT codes 95249, 95250 and 95251: overview and FAQs"
	srcMedtronic  = "Medtronic, coding and reimbursement FAQ"
	srcAbbott     = "Abbott, FreeStyle Libre Pro coverage page"
	srcWisconsin  = "Wisconsin ForwardHealth handbook, topic 17897"
	srcTexas      = "Texas Medicaid manual 9.2.24.1; Texas Children's Health Plan alert"
	srcSpectrum   = "Diabetes Spectrum 31(3), work-breakdown table"
	srcAAFP       = "AAFP, coding for remote patient monitoring and CGM"
	srcIBC        = "Independence Blue Cross MA00.002"
	srcMPIM       = "Medicare Program Integrity Manual 3.3.2.4, via Noridian and CGS"
	srcGeneral    = "general knowledge, not read in a source: check"
)

const (
	undated = "not dated"
	y2024   = "2024"
)

// CodePages are the pages of the three codes.
var CodePages = []CodePage{
	{Code: clinic.Code95249, Title: "The patient's own monitor", Notice: codesNotice, Sections: []CodeSection{
		{"What it covers", []CodeStatement{
			{
				"Equipment of the patient's own: placement of the sensor, starting, calibration where the device needs it, " +
					"training and the printout of the recording. Removal is not part of it.", srcDexcom + "; " + srcAACE, y2024,
			},
			{"A G6 Pro belongs to the practice, so that 95249 is never right for it.", srcDexcom2018, "2018"},
		}},
		{"How long", []CodeStatement{{"At least 72 hours of recording.", srcDexcom + "; " + srcAACE, y2024}}},
		{"How often", []CodeStatement{
			{"Once while the patient owns that display device.", srcDexcom, y2024},
			{"Again only when the patient moves to a new generation or to another maker's system.", srcDexcom2018, "2018"},
		}},
		{"What must be in person", []CodeStatement{{"The whole of it is face to face.", srcDexcomPro, undated}}},
		{
			"Why it is denied, and what prevents that",
			[]CodeStatement{
				{
					"Reported with 95250 in the same month although the equipment is either the patient's or the practice's: the " +
						"program asks (B16).", srcGeneral, undated,
				},
			},
		},
		{
			"What differs by payer",
			[]CodeStatement{
				{
					"Coverage for professional and for the patient's own use is set in each payer's policy.", srcMedtronic, "2022–23",
				},
			},
		},
	}},
	{Code: clinic.Code95250, Title: "The practice's monitor", Notice: codesNotice, Sections: []CodeSection{
		{"What it covers", []CodeStatement{
			{
				"Equipment of the practice: placement of the sensor, starting, calibration where the device needs it, " +
					"training, removal of the sensor and the printout of the recording.", srcDexcom + "; " + srcAACE, y2024,
			},
			{"Supplies are inside it and are not billed beside it.", srcWisconsin, "May 2024"},
			{"It is the technical part; there is no split by 26 or TC.", srcMedtronic + "; " + srcGeneral, "2022–23"},
		}},
		{"How long", []CodeStatement{
			{
				"At least 72 hours of recording; whether gaps count is said nowhere, so that the strictest reading is the " +
					"default here: unique slots with a reading.", srcDexcom + "; " + srcAbbott, y2024,
			},
			{
				"The 72 hours are printed from the device that the patient was trained on, before billing.", srcDexcomPro, undated,
			},
		}},
		{"Who may perform and bill it", []CodeStatement{
			{
				"Trained RN, CDCES, LPN or MA under a physician's supervision, billed incident-to for Medicare; private " +
					"payers are usually similar, and licensure may limit it.", srcMedtronic, "2022–23",
			},
			{
				"Dietitians and pharmacists may help where scope and payer allow; a pharmacy generally cannot bill it.",
				srcGeneral, undated,
			},
			{"Home health, assisted living, skilled nursing and inpatient stays are not paid apart.", srcMedtronic, "2022–23"},
		}},
		{"What must be in person, and what may be remote", []CodeStatement{
			{"Insertion, training and removal are face to face; reading and printing need no patient.", srcSpectrum, "2018"},
			{"The whole of it is face to face, says the maker.", srcDexcomPro, undated},
		}},
		{
			"Date of service",
			[]CodeStatement{
				{
					"The day on which the patient is back, the sensor is off and the recording is read and printed; never the " +
						"day of insertion.", srcDexcomPro + "; " + srcMedtronic, "2022–23",
				},
			},
		},
		{"How often", []CodeStatement{
			{
				"At most once a month. Whether that is a calendar month or thirty days is not settled; both are checked by " +
					"default.", srcDexcom + "; " + srcAbbott, y2024,
			},
			{"Payers are not obliged to cover it monthly.", srcAbbott, undated},
		}},
		{"Why it is denied, and what prevents that", []CodeStatement{
			{
				"Fewer than 72 hours, or no printout in the chart: the hours are counted and the printout is kept (B01, B05).",
				srcAACE, undated,
			},
			{"Billed at insertion: the date of service comes from return and reading (B09).", srcDexcomPro, undated},
			{"A second unit in the month or over the year's cap: the month guard (B06, B08).", srcDexcom, y2024},
			{"Necessity or prior authorisation missing: the order and the payer profile (B20, B21).", srcMedtronic, "2022–23"},
			{"Device not identified: serials, lot and code (B03, B04).", srcGeneral, undated},
			{"Remote monitoring or 99091 on the same data: the program asks (B17).", srcAAFP, undated},
		}},
		{
			"Visits on the same day",
			[]CodeStatement{
				{
					"A significant, separately identifiable E/M visit takes modifier 25 on the E/M, not on 95250.", srcMedtronic +
						"; " + srcAbbott, "2022–23",
				},
			},
		},
		{"What differs by payer", []CodeStatement{
			{"At most four a year and one a month, no prior authorisation.", srcWisconsin, "May 2024"},
			{
				"One in twelve months, with prior authorisation; a second with a documented change in condition.", srcTexas,
				"2016 and April 2021",
			},
			{"Once per monitoring period, whatever its length.", srcIBC, undated},
			{
				"Professional use is described as three to five days by some.", "Blue Cross MN MP-038; " + srcWisconsin,
				"2023 and 2024",
			},
		}},
	}},
	{Code: clinic.Code95251, Title: "Analysis, interpretation and report", Notice: codesNotice, Sections: []CodeSection{
		{"What it covers", []CodeStatement{
			{
				"Analysis, interpretation and report of at least 72 hours of recording, whoever owns the equipment.", srcDexcom +
					"; " + srcAACE, y2024,
			},
			{"The report stands apart from the visit note.", srcAACE, undated},
		}},
		{"Who may perform and bill it", []CodeStatement{
			{
				"Physician (MD, DO), nurse practitioner, physician assistant or clinical nurse specialist only.", srcAACE +
					"; " + srcMedtronic, "2022–23",
			},
			{
				"One maker's graphic allows office staff under supervision; it contradicts the others and is not followed here.",
				srcAbbott, undated,
			},
			{"A facility that does the technical part alone cannot bill it; the practitioner does.", srcMedtronic, "2022–23"},
		}},
		{
			"What must be in person, and what may be remote",
			[]CodeStatement{{"Nothing must be in person; no visit is needed.", srcAACE + "; " + srcDexcomPro, undated}},
		},
		{
			"Date of service",
			[]CodeStatement{
				{"The day on which the clinician signed the interpretation; it need not be that of 95250.", srcGeneral, undated},
			},
		},
		{"How often", []CodeStatement{
			{
				"At most once a month; one society says calendar month.", srcDexcom +
					"; Society for Maternal-Fetal Medicine, as quoted", y2024,
			},
		}},
		{"Why it is denied, and what prevents that", []CodeStatement{
			{
				"No formal, signed interpretation: each finding is looked at, assessment and plan are the clinician's, and " +
					"the signature binds them (B23).", "Coding Ahead, 95251 page", "February 2026",
			},
			{"Signed late or by stamp: a late signature takes an attestation.", srcMPIM, "2022"},
			{"Signed by one who may not: the credential is checked at signing (B12).", srcAACE, undated},
			{
				"Its work counted in a visit's decision making, too: the program asks (B19).", srcAACE + "; " +
					srcMedtronic, "2022–23",
			},
			{"A second one in the month: the month guard (B07).", srcDexcom, y2024},
		}},
		{
			"Visits on the same day",
			[]CodeStatement{
				{
					"A significant, separately identifiable E/M visit takes modifier 25 on the E/M, not on 95251.", srcAACE + "; " +
						srcAbbott, undated,
				},
			},
		},
		{"What differs by payer", []CodeStatement{
			{"At most four a year and one a month.", srcWisconsin, "May 2024"},
			{"Rural and federally qualified health centres: by payer and site.", srcGeneral, undated},
		}},
	}},
}
