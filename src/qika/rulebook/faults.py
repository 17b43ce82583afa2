"""What is wrong with a rule file: which file, which key, what happened, what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleFault:
    """One fault in one rule file, said so that its author can mend it."""

    file: str
    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Give the fault on one line: ``regions/x.toml: rule[3].cite: ...  Do: ...``."""
        return f"{self.file}: {self.key}: {self.problem}  Do: {self.remedy}"


class RulebookRefusedError(ValueError):
    """The rule files are not accepted; ``faults`` holds every fault found, not only the first."""

    def __init__(self, faults: tuple[RuleFault, ...]) -> None:
        """Keep the faults and say them all in the message."""
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
