"""gan-doctor asked for what it cannot do; loggers of services that are not there, or are told what they cannot do."""

from bad_inputs.scene import Row

DOCTOR = "gan-doctor"
ROWS: dict[str, Row] = {
    "a doctor asked for json of another kind": Row((DOCTOR, "json=yes"), ("json=yes is not valid", "true or false")),
    "a doctor asked for an unknown key": Row((DOCTOR, "outpust=x"), ("unknown key outpust", "did you mean outputs")),
    "a doctor asked for a word": Row((DOCTOR, "torch"), ("'torch' has no key", "give key=value")),
    "a doctor asked for a flag": Row((DOCTOR, "--verbose"), ("unknown flag --verbose", "gan-doctor --help")),
    "a doctor asked for no folder": Row((DOCTOR, "outputs="), ("outputs= names no folder",)),
}
